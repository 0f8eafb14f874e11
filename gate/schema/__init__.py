"""The nouns: typed, frozen documents through which the stages meet."""
