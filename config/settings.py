"""Every setting of the platform, each from the environment.

One file, because the differences between places are values from config maps, not code. What is missing or wrong is
named by `manage.py check` (config/checks.py) with what to put there; web, worker and dispatcher refuse to start on it.
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from redis.backoff import NoBackoff
from redis.retry import Retry

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Django -----------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# The fallbacks let `manage.py check` run and name what is missing; config/checks.py refuses them outside DEBUG.
UNSET = "unset-"
SECRET_KEY = env.str("SECRET_KEY", default=UNSET + "secret-key-that-only-debug-may-use-0123456789abcdef")
SEALING_KEYS = [key for key in env.str("SEALING_KEY", default="").split(",") if key]
EXTERNAL_URL = env.str("EXTERNAL_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [EXTERNAL_URL]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.apps.ConfigConfig",
    "accounts",
    "projects",
    "apps",
    "provisioning",
    "monitoring",
]

MIDDLEWARE = [
    "config.middleware.RequestId",
    "provisioning.unchanged.Unchanged",
    "config.middleware.ErrorsForPrograms",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# Requests that one web process works on at a time, each with a database connection that stays open.
WEB_THREADS = env.int("WEB_THREADS", default=4)
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database: CELERY.md's findings on MySQL and SQLite ----------------------------------------------------------
MYSQL_OPTIONS: dict[str, Any] = {
    # Under MySQL's default isolation a parallel join can hang and a double click gives IntegrityErrors.
    "isolation_level": "read committed",
    "charset": "utf8mb4",
    "connect_timeout": 3,
    "read_timeout": 20,
    "write_timeout": 20,
    # Strict: no silent truncation. UTC: the engine goes by the database's clock. No worker waits 50 s for a lock.
    "init_command": "SET sql_mode='STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
    " time_zone='+00:00', innodb_lock_wait_timeout=5",
}
SQLITE_OPTIONS: dict[str, Any] = {
    # Without all three, writers of other processes meet "database is locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'slipway.sqlite3'}")
DATABASES: dict[str, dict[str, Any]] = {
    "default": {**environ.Env.db_url_config(DATABASE_URL), "ATOMIC_REQUESTS": False}
}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("mysql"):
    DATABASES["default"]["OPTIONS"] = MYSQL_OPTIONS
    DATABASES["default"]["TEST"] = {"CHARSET": "utf8mb4"}
else:
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    # A test database in memory cannot be shared with worker processes.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}.test"}

# --- Broker, cache, event stream ---------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
# One short try: a hung Redis must not hold whoever only wants to count or to cache.
REDIS_OPTIONS = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2, "retry": Retry(NoBackoff(), 0)}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": REDIS_OPTIONS,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- The systems -------------------------------------------------------------------------------------------------
GITLAB_URL = env.str("GITLAB_URL", default="").rstrip("/")
GITLAB_EXTERNAL_URL = env.str("GITLAB_EXTERNAL_URL", default=GITLAB_URL).rstrip("/")
GITLAB_TOKEN = env.str("GITLAB_TOKEN", default="")
GITLAB_TEMPLATE_GROUP = env.str("GITLAB_TEMPLATE_GROUP", default="templates").strip("/")
JENKINS_URL = env.str("JENKINS_URL", default="").rstrip("/")
JENKINS_EXTERNAL_URL = env.str("JENKINS_EXTERNAL_URL", default=JENKINS_URL).rstrip("/")
JENKINS_USER = env.str("JENKINS_USER", default="")
JENKINS_TOKEN = env.str("JENKINS_TOKEN", default="")
JENKINS_GIT_CREDENTIALS = env.str("JENKINS_GIT_CREDENTIALS", default="gitlab")
ARGOCD_URL = env.str("ARGOCD_URL", default="").rstrip("/")
ARGOCD_EXTERNAL_URL = env.str("ARGOCD_EXTERNAL_URL", default=ARGOCD_URL).rstrip("/")
ARGOCD_TOKEN = env.str("ARGOCD_TOKEN", default="")
IMAGE_REPOSITORY = env.str("IMAGE_REPOSITORY", default="").rstrip("/")
# Applications answer at {name}.{APP_DOMAIN}; the Helm chart's ingress gets that host.
APP_DOMAIN = env.str("APP_DOMAIN", default="apps.localhost")
# The deploy cluster of each team that `bootstrap` makes: a name or an address that Argo CD knows.
TEAM_CLUSTERS = env.dict(
    "TEAM_CLUSTERS", default={"dev": "https://kubernetes.default.svc", "ops": "https://kubernetes.default.svc"}
)

# --- Patience: ARCHITECTURE.md. All in seconds -------------------------------------------------------------------
FORK_WARN_SECONDS = env.float("FORK_WARN_SECONDS", default=30)
FORK_PATIENCE_SECONDS = env.float("FORK_PATIENCE_SECONDS", default=600)
OUTAGE_PATIENCE_SECONDS = env.float("OUTAGE_PATIENCE_SECONDS", default=3600)
LEASE_SECONDS = env.float("LEASE_SECONDS", default=30)
RESEND_SECONDS = env.float("RESEND_SECONDS", default=15)
HTTP_CONNECT_SECONDS = env.float("HTTP_CONNECT_SECONDS", default=3)
HTTP_READ_SECONDS = env.float("HTTP_READ_SECONDS", default=20)

# --- People and tokens -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
SIGNUP_POLICY = env.str("SIGNUP_POLICY", default="open")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
    "USER_ID_CLAIM": "sub",
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=EXTERNAL_URL.startswith("https://"))
# Only behind a proxy of ours may its X-Forwarded-* headers be believed.
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# The ingress redirects; probes, and other systems' notices inside the cluster, speak plain HTTP.
SECURE_SSL_REDIRECT = False
SILENCED_SYSTEM_CHECKS = ["security.W008"]
SECURE_HSTS_SECONDS = 31536000 if SESSION_COOKIE_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = bool(SECURE_HSTS_SECONDS)

# --- REST --------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.Bearer",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.errors.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DATETIME_FORMAT": "iso-8601",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Slipway",
    "DESCRIPTION": "From a name to a working CI/CD pipeline, step by step.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "RunStatus": "provisioning.statuses.RunStatus",
        "StepStatus": "provisioning.statuses.StepStatus",
        "ResourceState": "provisioning.statuses.ResourceState",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- Logging: one line an event, to standard output, secrets redacted by value -----------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "provisioning.systems.redaction.RedactSecrets"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "filters": ["redact"],
            "formatter": "line",
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # Celery says of every message that it came and went: two lines a step, which the rows tell better.
    "loggers": {"celery.worker.strategy": {"level": "WARNING"}, "celery.app.trace": {"level": "WARNING"}},
}
