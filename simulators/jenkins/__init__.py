"""A Jenkins LTS with Pipeline, folders, role strategy and the gitlab plugin, as its clients see it over HTTP."""
