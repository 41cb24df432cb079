"""Settings, all from the environment."""

import os
import secrets

DEBUG = os.environ.get("DEBUG") == "1"
# Nothing is signed yet. Before you use sessions or forms, set the same SECRET_KEY for every replica.
SECRET_KEY = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(50)
# The ingress lets only the application's own host through.
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "*").split(",")
INSTALLED_APPS = ["web"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "web.urls"
WSGI_APPLICATION = "web.wsgi.application"
USE_TZ = True
