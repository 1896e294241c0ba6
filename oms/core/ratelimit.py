"""A token bucket per API key, kept in Redis. Without Redis there is no limit: the web never fails for its sake."""

from dataclasses import dataclass

from oms.core import redis_client
from oms.core.access import Principal
from oms.core.errors import TooManyRequests

# One trip: refill by the time passed, take one token if there is one. Answers (taken, tokens left).
_TAKE = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1e6
local kept = redis.call('HMGET', KEYS[1], 't', 'n')
local tokens = kept[2] and math.min(burst, tonumber(kept[2]) + (now - tonumber(kept[1])) * rate) or burst
local taken = tokens >= 1 and 1 or 0
tokens = tokens - taken
redis.call('HSET', KEYS[1], 't', now, 'n', tokens)
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 1)
return {taken, tostring(tokens)}
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the headers `RateLimit-Policy` and `RateLimit` say (IETF draft-ietf-httpapi-ratelimit-headers)."""

    rate: int
    burst: int
    left: float

    def headers(self) -> dict[str, str]:
        window = max(1, -(-self.burst // self.rate))
        refill = max(0, -int(-(self.burst - self.left) // self.rate))
        return {
            "RateLimit-Policy": f'"default";q={self.burst};w={window}',
            "RateLimit": f'"default";r={int(self.left)};t={refill}',
        }


def take(principal: Principal) -> Allowance | None:
    """One token of the principal's bucket; None where there is no limit. Raises TooManyRequests (429)."""
    if principal.rate <= 0:
        return None
    burst = max(principal.burst, 1)
    answer = redis_client.attempt(
        lambda r: r.eval(_TAKE, 1, f"relay:rate:{principal.owner}", principal.rate, burst)
    )
    if answer is None:
        return None
    allowance = Allowance(principal.rate, burst, float(answer[1]))
    if not answer[0]:
        raise TooManyRequests(
            retry_after=max(1, round((1 - allowance.left) / principal.rate)), headers=allowance.headers()
        )
    return allowance
