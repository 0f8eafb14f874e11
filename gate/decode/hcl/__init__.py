"""Terraform as text: read without a plan, compared block by block."""
