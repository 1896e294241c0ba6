"""Every setting, from the environment; the defaults are those of a developer's machine.

`ENVIRONMENT=production` (the default as soon as a SECRET_KEY is given) turns on what a deployment behind TLS
has. Without DATABASE_URL the services that `make run` started are joined through `.local/state.json`.
"""

import json
import os
from decimal import Decimal
from email.utils import parseaddr
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from oms import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

RUNNING = BASE_DIR / ".local" / "state.json"
if "DATABASE_URL" not in os.environ and RUNNING.is_file():
    joined = json.loads(RUNNING.read_text())
    if Path(f"/proc/{joined['supervisor']}").exists():
        for name, value in joined["environment"].items():
            os.environ.setdefault(name, value)

DEBUG = env.bool("DEBUG", default=False)
PRODUCTION = (
    env.str("ENVIRONMENT", default="production" if "SECRET_KEY" in os.environ else "local") == "production"
)
LOCAL_KEY = "only-for-development-only-for-development-only-for-development"
SECRET_KEY = env.str(
    "SECRET_KEY", default="" if PRODUCTION else env.str("LOCAL_SECRET_KEY", default=LOCAL_KEY)
)
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is required in production.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Keys of the secrets at rest, newest first; without any they are derived from SECRET_KEY.
SEALING_KEYS = env.list("SEALING_KEY", default=[])
# Hosts ("10.0.0.5", "hooks.internal:8443") that oms.core.egress may call although they are not public.
EGRESS_ALLOW = env.list("EGRESS_ALLOW", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BASE_URL = env.str("BASE_URL", default="http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "lucide",
    "csp",
    "django_filters",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "oms",
    "oms.core",
    "inventory",
    "orders",
    "fulfillment",
    "returns",
    "channels",
    "oms.portal",
    "oms.backoffice",
]

# Each costs every POST /orders/ its share: sessions, users and messages are lazy, and bench/stack.py prints
# what the whole stack costs.
MIDDLEWARE = [
    "oms.telemetry.RequestTelemetry",
    "django.middleware.security.SecurityMiddleware",
    "oms.core.shortcut.ApiShortcut",
    # Pages alone, a tenth of their bytes; Django pads them, so that their length tells nothing of their secrets.
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "oms.urls"
WSGI_APPLICATION = "oms.wsgi.application"
AUTH_USER_MODEL = "core.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "oms.backoffice.shell.context",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL", default="postgres://oms:oms@localhost:5432/oms")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = env.int(
    "DATABASE_CONNECT_TIMEOUT", default=5
)
# PgBouncer in transaction mode gives each transaction another connection: nothing may live on one for long.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("PGBOUNCER", default=False)
# Elsewhere PostgreSQL parses and plans each statement once a connection: a third of its work for an order.
DATABASES["default"]["OPTIONS"]["server_side_binding"] = True
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = None if env.bool("PGBOUNCER", default=False) else 3
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)

CACHES = {
    "default": {"BACKEND": "oms.core.cache.TolerantRedis", "LOCATION": REDIS_URL, "KEY_PREFIX": "relay"}
}

# Staff sign in by name or e-mail and password, and with a second factor where they enrolled one.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "oms.backoffice.signing_in.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "oms.backoffice.signing_in.LoginForm",
    "change_password": "oms.backoffice.signing_in.ChangePasswordForm",
    "reset_password": "oms.backoffice.signing_in.ResetPasswordForm",
    "reset_password_from_key": "oms.backoffice.signing_in.ResetPasswordKeyForm",
    "reauthenticate": "oms.backoffice.signing_in.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Five wrong passwords lock a name for five minutes, thirty an address for one.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if PRODUCTION else 0)
MFA_ADAPTER = "oms.backoffice.signing_in.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "oms.backoffice.signing_in.ActivateForm",
    "authenticate": "oms.backoffice.signing_in.AuthenticateForm",
    "reauthenticate": "oms.backoffice.signing_in.ReauthenticateByCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Relay"
MFA_ALLOW_UNVERIFIED_EMAIL = True
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
# What a filter's choice says before one is made.
FILTERS_EMPTY_CHOICE_LABEL = "–"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "oms.core.passwords.NotAboutThem"},
    {"NAME": "oms.core.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "oms.core.passwords.NotCommon"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ar", "العربية"), ("fa", "فارسی")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Fonts come locked from npm and are served as vendor/<package>/…, never from a CDN.
FONTS = BASE_DIR / "node_modules/@fontsource-variable"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *(
        (prefix, folder)
        for prefix, folder in [
            ("vendor/inter", FONTS / "inter/files"),
            ("vendor/vazirmatn", FONTS / "vazirmatn/files"),
        ]
        if folder.is_dir()
    ),
]
# TrueType faces for WeasyPrint: one file a weight, Arabic, Persian and Latin in each.
PAPER_FONTS = BASE_DIR / "node_modules/vazirmatn/fonts/ttf"
# Hashed names and compressed copies where `collectstatic` has run (`make run`, the image).
HASHED_STATIC = env.bool("HASHED_STATIC", default=PRODUCTION)
WHITENOISE_USE_FINDERS = not HASHED_STATIC
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are for the browser's debugger; nobody waits for them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "oms.static.HashedStatic"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "media"))

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=15)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Relay Store <orders@example.com>")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
# Asked for by the container's own health check and by Prometheus, inside the network.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# No inline script or style anywhere, which the browser proves for us.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
# A batch of 250 orders with long baskets is a few megabytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("DATA_UPLOAD_MAX_MEMORY_SIZE", default=10 * 1024 * 1024)

LOGGING_CONFIG = None
logs.configure(
    env.str("LOG_FORMAT", default="json" if PRODUCTION else "text"),
    env.str("LOG_LEVEL", default="INFO").upper(),
)

# The company's books: one currency for costs and rates.
COMPANY_CURRENCY = env.str("COMPANY_CURRENCY", default="SAR")
# Mails of campaigns go out no faster, so that the mail server always has room for what is about orders.
CAMPAIGN_PER_MINUTE = env.int("CAMPAIGN_PER_MINUTE", default=300)
# A count that differs by more than this, in the company's currency, is booked once a manager approves it.
COUNT_APPROVAL_LIMIT = Decimal(env.str("COUNT_APPROVAL_LIMIT", default="1000"))
# Days a lot must still be good for when it reaches the customer.
LOT_DAYS_LEFT = env.int("LOT_DAYS_LEFT", default=0)
# True: what arrives for orders that are sent waits until somebody allocates it, instead of going to the oldest.
BACKORDERS_BY_STAFF = env.bool("BACKORDERS_BY_STAFF", default=False)
# A product sold in so many lines within a minute is in a rush: sold from slots until that ends (`inventory.rushes`);
# 0: only when staff say so.
HOT_SKU_PER_MINUTE = env.int("HOT_SKU_PER_MINUTE", default=600)
COMPANY_TIME_ZONE = env.str("COMPANY_TIME_ZONE", default="Asia/Riyadh")
# Who sells on invoices and buys on purchase orders; unnamed, it is whoever signs the messages. Without a VAT number
# invoices are plain ones; a Saudi number makes them simplified tax invoices with ZATCA's code. Papers keep what they
# were written with.
COMPANY_NAME = env.str("COMPANY_NAME", default="") or parseaddr(DEFAULT_FROM_EMAIL)[0] or "Relay"
COMPANY_NAME_AR = env.str("COMPANY_NAME_AR", default="")
COMPANY_VAT_NUMBER = env.str("COMPANY_VAT_NUMBER", default="")
COMPANY_REGISTRATION = env.str("COMPANY_REGISTRATION", default="")
COMPANY_STREET = env.str("COMPANY_STREET", default="")
COMPANY_CITY = env.str("COMPANY_CITY", default="")
COMPANY_POSTAL_CODE = env.str("COMPANY_POSTAL_CODE", default="")
COMPANY_COUNTRY = env.str("COMPANY_COUNTRY", default="SA")

# oms.core.events finds the table of effects by this name, so the kernel imports nothing above it.
EVENT_HANDLERS = "oms.subscriptions.HANDLERS"

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "oms.core.schema.EndpointSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "oms.core.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Relay",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": ["oms.core.schema.add_components"],
    "PREPROCESSING_HOOKS": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
