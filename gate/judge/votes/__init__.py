"""The votes of one pull request: who cast what, what of it holds, what is missing."""
