"""The gate examined by itself: is it really enforced?"""
