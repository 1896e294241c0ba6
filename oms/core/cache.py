"""The shared cache. Redis is a cache and nothing lives only there: when it is away, everything is a miss."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis import RedisError


def _missing(answer: Any) -> Callable[..., Any]:
    """A method that answers `answer(args, kwargs)` when Redis does not."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def asked(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
            try:
                return method(self, *args, **kwargs)
            except (RedisError, OSError):
                return answer(args, kwargs)

        return asked

    return decorate


def _default(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[1] if len(args) > 1 else kwargs.get("default")


class TolerantRedis(RedisCache):
    """Django's Redis cache that never fails a request."""

    get = _missing(_default)(RedisCache.get)
    get_many = _missing(lambda *_: {})(RedisCache.get_many)
    set = _missing(lambda *_: None)(RedisCache.set)
    set_many = _missing(lambda *_: [])(RedisCache.set_many)
    add = _missing(lambda *_: True)(RedisCache.add)
    touch = _missing(lambda *_: False)(RedisCache.touch)
    delete = _missing(lambda *_: False)(RedisCache.delete)
    has_key = _missing(lambda *_: False)(RedisCache.has_key)
    incr = _missing(lambda *_: 1)(RedisCache.incr)
