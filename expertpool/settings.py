"""Settings of an installation, read from the environment (names in ``docs/operations.md``).

``EXPERTPOOL_MODE`` is ``demo`` (the default), ``test`` or ``production``. The demo answers on the loopback
address only, so an installation that forgot to say ``production`` refuses every visitor instead of
serving them with weak settings (docs/adr/0003).
"""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

MODE = os.environ.get("EXPERTPOOL_MODE", "demo")
if MODE not in {"demo", "test", "production"}:
    raise ImproperlyConfigured("EXPERTPOOL_MODE must be demo, test or production.")
PRODUCTION = MODE == "production"


def required_in_production(name: str, otherwise: str) -> str:
    """The environment's value; in production a missing one is an error, elsewhere ``otherwise`` stands in."""
    value = os.environ.get(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} must be set in production.")
    return otherwise


DATA_DIR = Path(os.environ.get("EXPERTPOOL_DATA", BASE_DIR / "var"))
# Database, attachments and outbox lie here: for the account that runs the installation alone.
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

DEBUG = False
SECRET_KEY = required_in_production("EXPERTPOOL_SECRET_KEY", "demo-only-" + "k" * 60)
ALLOWED_HOSTS = (
    required_in_production("EXPERTPOOL_HOSTS", "").split(",") if PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("EXPERTPOOL_ORIGINS", "").split(",") if origin]
PUBLIC_URL = required_in_production("EXPERTPOOL_PUBLIC_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip("/")
if PRODUCTION and not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("EXPERTPOOL_PUBLIC_URL must begin with https://: reply links are sent with it.")

# The key ring encrypts personal data; it is a file of its own so that SECRET_KEY can change without it.
KEYRING_FILE = Path(required_in_production("EXPERTPOOL_KEYRING", str(DATA_DIR / "keyring.json")))

INSTALLED_APPS = [
    "expertpool.accounts",
    "expertpool.web.admin_site.OfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "simple_history",
    "django_htmx",
    "django_rq",
    "csp",
    "expertpool.web",
    "expertpool.server",
    "expertpool.desk",
    "expertpool.pools",
    "expertpool.regulations",
    "expertpool.workcalendar",
    "expertpool.ledger",
    "expertpool.messaging",
    "experts",
    "selection",
    "evaluation",
    *([] if MODE == "production" else ["demo"]),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "expertpool.web.typed.TypedAddressMiddleware",
    "expertpool.pools.mount.PoolMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "expertpool.pools.access.AccessMiddleware",
]

ROOT_URLCONF = "expertpool.urls"
WSGI_APPLICATION = "expertpool.wsgi.application"
ASGI_APPLICATION = "expertpool.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "expertpool.desk.navigation.navigation",
            ],
            "builtins": ["expertpool.web.templatetags.house"],
        },
    },
]


def database_from(url: str) -> dict[str, object]:
    """Django's database dictionary for a ``postgres://`` address, or the embedded SQLite when there is none."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "expertpool.sqlite3"),
            # IMMEDIATE: a deferred transaction that turns into a writer fails at once under load.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"
                # A test's database is thrown away; it need not survive a power cut.
                f" PRAGMA synchronous={'OFF' if MODE == 'test' else 'NORMAL'};",
            },
            # A file, since a database in memory is one connection that the threads of the browser test's server would
            # share; one of each process, since two runs must not take each other's away.
            "TEST": {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")},
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        # Under ASGI every request has a thread of its own, and a kept connection would stay with a thread that is gone.
        "CONN_MAX_AGE": 0,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


DATABASES = {"default": database_from(os.environ.get("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Unset, `manage.py serve` starts an embedded Valkey behind this socket.
REDIS_SOCKET = DATA_DIR / "valkey.sock"
REDIS_URL = os.environ.get("REDIS_URL", "")
RQ_QUEUES = {
    "default": {"URL": REDIS_URL or f"unix://{REDIS_SOCKET}", "DEFAULT_TIMEOUT": 600, "SERIALIZER": "rq.serializers.JSONSerializer"}
}
RQ_SHOW_ADMIN_LINK = False

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "front"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "expertpool.server.checks.LengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "expertpool.server.checks.DemoPasswordValidator"},
]
# Refused by the password validators and by a system check in production.
DEMO_PASSWORD = "zhuanjiaku-2026"  # noqa: S105
PASSWORD_HASHERS = (
    [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    if MODE != "test"
    else ["django.contrib.auth.hashers.MD5PasswordHasher"]
)

LANGUAGE_CODE = "zh-hans"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("EXPERTPOOL_STATIC", DATA_DIR / "static"))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Attachments are never under the web root: they leave only through a view that checks permission.
MEDIA_ROOT = DATA_DIR / "attachments"
MEDIA_URL = ""
ATTACHMENT_MAX_BYTES = 10 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_FAILURE_VIEW = "expertpool.desk.views.pages.form_expired"
if PRODUCTION:
    SECURE_SSL_REDIRECT = os.environ.get("EXPERTPOOL_TLS_ENDS_HERE", "1") == "1"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# Gateways of messages, in the order in which they are tried for a recipient (expertpool/messaging/gateways.py).
MESSAGE_GATEWAYS = os.environ.get("EXPERTPOOL_GATEWAYS", "email" if PRODUCTION else "console").split(",")
if PRODUCTION and "console" in MESSAGE_GATEWAYS:
    raise ImproperlyConfigured("The console gateway writes reply links into files; it is for the demonstration only.")
EMAIL_HOST = os.environ.get("EXPERTPOOL_SMTP_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EXPERTPOOL_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EXPERTPOOL_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EXPERTPOOL_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EXPERTPOOL_SMTP_TLS", "") == "1"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("EXPERTPOOL_MAIL_FROM", "expertpool@localhost")

SIMPLE_HISTORY_REVERT_DISABLED = True
# The reason of a change is kept whole: the ledger holds a commitment to the whole of it.
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_reply_links": {"()": "expertpool.server.logs.WithoutReplyLinks"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["without_reply_links"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "expertpool": {"level": "INFO"},
        "django.security.DisallowedHost": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
    },
}
