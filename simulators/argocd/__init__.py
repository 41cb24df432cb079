"""An Argo CD 3.5 as its clients see it over HTTP: projects, repositories, applications and their slow truth."""
