"""GitLab as a client meets it: API v4, git over HTTP, hooks, with its states, its delays and its misleading answers."""
