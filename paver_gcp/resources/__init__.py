"""The nouns of this IaaS, one a file: what is wanted of it, and how it is listed, made, changed and deleted."""
