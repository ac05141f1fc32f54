"""Whether a feature is asked for or asked to be absent."""

from __future__ import annotations

import re

_BEFORE = re.compile(
    r"(?:不要|不想要|不带|不含|不用|不是|不加|不添加|没有|无需|无|免|非|零|(?<![\d.])0"
    r"|(?<![^\W\d_])(?:without|no|not|non|minus|excluding|w/o|ohne|kein|keine|sans|sin|senza|sem|zonder|bez|без"
    r"|keinen|keinem|nicht|pas|nao|niet|geen|inte|ej|utan|nie|не|tanpa|bukan|khong|بدون)"
    r"[ -]?(?:(?:any|a|an|the|une?|el|la|le|die|den|das|eine?|de|du|d'|en|in|di|em|aus|van|av|i|z|ze|из) )?)$"
)
_NO_DENIAL = r"(?! ?(?:standing|stand|size|shipping|delivery))"  # stainless steel free standing
_AFTER = re.compile(
    rf"^(?:[ -]?(?:free{_NO_DENIAL}|frei|less|los)(?![^\W\d_])"
    r"|不要|なし|無し|不使用|없는|없이|아닌|無|ではない|じゃない| olmayan| degil)"
)
_REACH = 16  # characters before or after a span that can hold a negation


def is_negated(text: str, start: int, end: int) -> bool:
    """A negation right before or right after ``[start, end)`` of a folded text."""
    return bool(_BEFORE.search(text[max(0, start - _REACH) : start]) or _AFTER.match(text[end : end + _REACH]))
