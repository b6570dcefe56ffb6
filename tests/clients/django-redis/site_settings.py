"""A Django site of one file: its cache is a server, through django-redis, and so are its sessions; its users are in a file of SQLite in the
directory that the program runs in. The first word of the command line is the server's port on 127.0.0.1."""
import sys

import django
from django.conf import settings

PORT = int(sys.argv[1])


def cache(database, **options):
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": f"redis://127.0.0.1:{PORT}/{database}",
        "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient", **options},
    }


settings.configure(
    SECRET_KEY="for a test",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="views",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}},
    CACHES={
        "default": cache(1),
        "json": cache(2, SERIALIZER="django_redis.serializers.json.JSONSerializer", COMPRESSOR="django_redis.compressors.zlib.ZlibCompressor"),
        "forgiving": cache(3, IGNORE_EXCEPTIONS=True),
    },
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
django.setup()
