"""All settings, read from the environment. `bin/edc check --deploy` says what a production install still lacks."""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from edc import postgres
from edc.postgres import home

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value not in {"yes", "no", "1", "0", "true", "false"}:
        raise ImproperlyConfigured(f"{name} must be yes or no, not {value!r}")
    return value in {"yes", "1", "true"}


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


# -- what this install is --------------------------------------------------------------------------------------------

ENVIRONMENT = text("EDC_ENVIRONMENT", "demo")
if ENVIRONMENT not in {"demo", "test", "production"}:
    raise ImproperlyConfigured("EDC_ENVIRONMENT must be demo, test or production")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False

# Outside production the secrets are made once and kept in a file that only this user can read (edc.postgres).
SECRETS = postgres.secrets() if not PRODUCTION else {}
SECRET_KEY = text("EDC_SECRET_KEY") or SECRETS.get("secret_key", "")
# Comma-separated base64 keys of 32 bytes for identity fields; the first one seals, every one opens.
FIELD_KEYS = words("EDC_FIELD_KEYS") or [SECRETS.get("field_key", "")]
# Keyed hash by which a sealed field is found again; changing it means rebuilding every blind index.
BLIND_INDEX_KEY = text("EDC_BLIND_INDEX_KEY") or SECRETS.get("blind_index_key", "")
if not (SECRET_KEY and FIELD_KEYS[0] and BLIND_INDEX_KEY):
    raise ImproperlyConfigured("Production needs EDC_SECRET_KEY, EDC_FIELD_KEYS and EDC_BLIND_INDEX_KEY")

ALLOWED_HOSTS = words("EDC_ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = words("EDC_TRUSTED_ORIGINS")
# How many proxies stand in front and append to X-Forwarded-For; 0 trusts none of them.
TRUSTED_PROXIES = number("EDC_TRUSTED_PROXIES", 0)
# Threads that answer requests in each process, and the largest request they take.
THREADS = number("EDC_THREADS", 2)
LARGEST_BODY = number("EDC_LARGEST_BODY_MB", 25) * 1_000_000

# -- the house -------------------------------------------------------------------------------------------------------

ROOT_URLCONF = "edc.urls"
WSGI_APPLICATION = "edc.wsgi.application"
ASGI_APPLICATION = "edc.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    # Only its development server is wanted, and loading it takes a second.
    *(["daphne"] if "runserver" in sys.argv else []),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "channels",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "guardian",
    "rest_framework",
    "simple_history",
    "edc.base",
    "edc.accounts",
    "audit",
    "trials",
    "patients",
    "messaging",
    "captures",
    "demo",
    "edc.admin.AdminConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "edc.base.http.CompressedPages",
    "edc.base.http.RequestGuard",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "edc.accounts.http.SignedInUser",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "edc.accounts.http.PersonalRequest",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "edc.base.http.PrivatePages",
    "edc.base.http.RefusedPages",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "edc.shell.shell",
            ],
        },
    },
]
FORM_RENDERER = "edc.base.forms.Renderer"

# -- database --------------------------------------------------------------------------------------------------------

DATABASES = {"default": postgres.connection()}

# -- people ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = True

# What the portal is called on its pages, in its mails and on a telephone's home screen.
PORTAL_NAME = text("EDC_PORTAL_NAME", "Clinical Trial EDC")
# allauth: e-mail and password, a second step, sessions, single sign-on. Its hooks are in edc.accounts.adapters.
ACCOUNT_ADAPTER = "edc.accounts.adapters.AccountAdapter"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_FORMS = {"signup": "edc.accounts.forms.SignUp"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
# Guesses are counted by edc.accounts.services, so that nobody can lock out somebody else.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_DISPLAY = str
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
MFA_ADAPTER = "edc.accounts.adapters.SecondStepAdapter"
MFA_FORMS = {
    "authenticate": "edc.accounts.forms.SecondStep",
    "reauthenticate": "edc.accounts.forms.SecondStepAgain",
}
MFA_TOTP_ISSUER = PORTAL_NAME
MFA_TOTP_TOLERANCE = 1
USERSESSIONS_ADAPTER = "edc.accounts.adapters.SessionsAdapter"
SOCIALACCOUNT_ADAPTER = "edc.accounts.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_FORMS = {"signup": "edc.accounts.forms.SingleSignOnSignUp"}
# Single sign-on by OpenID Connect: the issuer's address, and the client that was registered there for this portal.
OIDC_ISSUER = text("EDC_OIDC_ISSUER").rstrip("/")
OIDC_ORIGIN = "/".join(OIDC_ISSUER.split("/")[:3])
SINGLE_SIGN_ON = text("EDC_OIDC_NAME", "your organisation") if OIDC_ISSUER else ""
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": SINGLE_SIGN_ON,
                "client_id": text("EDC_OIDC_CLIENT_ID"),
                "secret": text("EDC_OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }
# How a site's invitation code is checked and used; the apps that know sites stand above accounts.
ACCOUNT_INVITATION_CHECK = "patients.selectors.invitation_is_open"
ACCOUNT_INVITATION_ACCEPTOR = "patients.services.accept_invitation"
# Wrong tries for one account from one client before it waits. From everywhere together it is six times as many.
SIGN_IN_TRIES = number("EDC_SIGN_IN_TRIES", 5)
SIGN_IN_WINDOW = timedelta(minutes=number("EDC_SIGN_IN_MINUTES", 15))
PASSWORD_RESET_TIMEOUT = 3600
# In the database, since allauth counts sign-ups and mails in it and every worker must count alike.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "edc_cache"}}

SESSION_ENGINE = "edc.accounts.sessions"
SESSION_COOKIE_AGE = number("EDC_SESSION_HOURS", 12) * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_IDLE = timedelta(minutes=number("EDC_IDLE_MINUTES", 30))
DEVICE_COOKIE_NAME = "__Host-device" if PRODUCTION else "edc-device"
# How often the portal takes away sessions that are over and used idempotency keys; 0 leaves it to `bin/edc tidy`.
TIDY_EVERY = timedelta(hours=number("EDC_TIDY_HOURS", 24))
# How long the file of an export can be fetched.
EXPORTS_KEPT = timedelta(days=number("EDC_EXPORT_DAYS", 7))
API_TOKEN_LIFE = timedelta(days=number("EDC_TOKEN_DAYS", 90))

# What the audit trail calls things; the apps that know them stand above it. Versions are never put back from the admin.
AUDIT_WORDS = "edc.trail"
# What somebody may do anywhere, for the lists of records; the trials, which know, stand above edc.base.
RIGHTS_OF = "trials.selectors.rights_of"
SIMPLE_HISTORY_REVERT_DISABLED = True

# -- pages -----------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
TIME_ZONE = "UTC"
USE_TZ = True
# Where a study file waits, a day at most, between the look at it and the decision.
STUDY_FILES = postgres.home.folder() / "study-files"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# The virus scanner that looks at each file which is handed in: the path of clamd's socket, or host:port.
CLAMAV = text("EDC_CLAMAV")
STORAGES = {
    # Files of forms, through the portal alone: their names tell nothing and no address leads to them.
    "files": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": home.folder() / "files",
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Files that somebody may fetch, through the portal alone: their names tell nothing and no address leads to them.
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": home.folder() / "exports",
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENVIRONMENT != "test"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Tests serve what the apps hold, collected or not.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = ENVIRONMENT == "test"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        # Browsers hold redirects after a form to this too, and single sign-on starts with one.
        "form-action": ["'self'", *([OIDC_ORIGIN] if OIDC_ORIGIN else [])],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "data:"],
        "manifest-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

# -- mail ------------------------------------------------------------------------------------------------------------

EMAIL_BACKEND = "django.core.mail.backends." + ("smtp" if text("EDC_MAIL_HOST") else "console") + ".EmailBackend"
EMAIL_HOST, EMAIL_PORT = text("EDC_MAIL_HOST"), number("EDC_MAIL_PORT", 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = text("EDC_MAIL_USER"), text("EDC_MAIL_PASSWORD")
EMAIL_USE_TLS = flag("EDC_MAIL_TLS", default=True)
DEFAULT_FROM_EMAIL = text("EDC_MAIL_FROM", "no-reply@edc.example")

# -- API -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["edc.api.authentication.BearerToken", "edc.api.authentication.BrowserSession"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["edc.base.api.bodies.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["edc.base.api.bodies.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "edc.base.api.schema.Schema",
    "EXCEPTION_HANDLER": "edc.base.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": PORTAL_NAME,
    "DESCRIPTION": "Everything a person may do in the portal, with the same rights. Errors are problems (RFC 9457).",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "AccountStatus": "edc.accounts.models.User.Status",
        "AppointmentStatus": "patients.models.Appointment.Status",
        "CaptureStatus": "captures.models.DataCapture.Status",
        "MessageStatus": "messaging.selectors.MESSAGE_STATUSES",
        "SiteStatus": "trials.models.Site.Status",
        "StudyVersionStatus": "trials.models.StudyVersion.Status",
        "TrialStatus": "trials.models.ClinicalTrial.Status",
        "Disposition": "patients.models.Subject.Disposition",
        "Role": "trials.roles.Role",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
}
