"""The categories of the second market: attributes, values and the words that shoppers use for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """One attribute value: its name in the taxonomy, and surface forms in Chinese and English."""

    name: str
    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True)
class Attribute:
    """One attribute; `ordered` values (sizes) are nearer to their neighbours than to the rest."""

    name: str
    unit: str | None
    ordered: bool
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Category:
    """One category: names people call it by, a usual price in money units, attributes."""

    category_id: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    price: float
    attributes: tuple[Attribute, ...]


def _plain(name: str, *values: tuple[str, str, str]) -> Attribute:
    """Attribute from (name, Chinese forms, English forms), forms separated by `|`."""
    made = tuple(Value(v, tuple(zh.split("|")), tuple(en.split("|"))) for v, zh, en in values)
    return Attribute(name, None, False, made)


def _sizes(name: str, unit: str, zh_unit: str, *numbers: float) -> Attribute:
    """Ordered attribute of magnitudes: `4 L`, `4L`, `4升`."""
    made = []
    for number in numbers:
        text = f"{number:g}"
        made.append(Value(f"{text} {unit}", (f"{text}{zh_unit}", f"{text}{unit}"), (f"{text} {unit}", f"{text}{unit}")))
    return Attribute(name, unit, True, tuple(made))


CATEGORIES = (
    Category("rice_cooker", ("电饭煲", "电饭锅", "電飯煲"), ("rice cooker", "rice maker"), 320.0, (
        _sizes("capacity", "L", "升", 1.5, 2, 3, 4, 5),
        _plain("heating", ("induction", "IH加热|电磁加热|ih", "induction|IH"),
               ("base plate", "底盘加热", "base plate"),
               ("pressure", "压力|高压", "pressure"), ("steam", "蒸汽加热", "steam heating")),
        _plain("inner pot", ("ceramic pot", "陶瓷内胆|陶瓷胆", "ceramic pot|ceramic inner"),
               ("stainless pot", "不锈钢内胆|304内胆", "stainless pot|stainless inner"),
               ("cast iron pot", "铸铁内胆|铁釜", "cast iron pot"),
               ("nonstick pot", "不粘内胆|不粘锅", "nonstick pot|non-stick")),
        _plain("control", ("touch panel", "触控|触屏", "touch panel|touch control"), ("knob", "旋钮|机械", "knob"),
               ("app control", "手机控制|智能wifi", "app control|wifi")),
    )),
    Category("backpack", ("双肩包", "背包", "雙肩包"), ("backpack", "rucksack"), 180.0, (
        _sizes("volume", "L", "升", 15, 20, 25, 30, 40, 50),
        _plain("material", ("nylon", "尼龙", "nylon"), ("canvas", "帆布", "canvas"),
               ("leather", "真皮|皮质", "leather"),
               ("oxford cloth", "牛津布", "oxford cloth|oxford")),
        _plain("opening", ("roll top", "卷口|卷盖", "roll top|rolltop"), ("zip", "拉链款|拉链", "zip|zipper"),
               ("drawstring", "抽绳|束口", "drawstring"), ("clamshell", "全开|行李箱式", "clamshell")),
        _plain("extra", ("usb port", "带usb|充电口", "usb port|usb charging"),
               ("anti-theft", "防盗", "anti-theft|antitheft"),
               ("rain cover", "防雨罩|带雨罩", "rain cover"), ("chest strap", "胸扣|带胸扣", "chest strap")),
        _plain("colour", ("black", "黑色|黑", "black"), ("navy", "藏青|深蓝", "navy"),
               ("khaki", "卡其|卡其色", "khaki"),
               ("pink", "粉色|粉", "pink")),
    )),
    Category("headphones", ("耳机", "耳麦", "耳機"), ("headphones", "earphones", "headset"), 420.0, (
        _plain("form", ("over-ear", "头戴式|头戴", "over-ear|over ear"), ("in-ear", "入耳式|入耳", "in-ear|in ear"),
               ("bone conduction", "骨传导", "bone conduction"), ("open-ear", "开放式|不入耳", "open-ear|open ear"),
               ("neckband", "颈挂式|挂脖", "neckband")),
        _plain("link", ("bluetooth", "蓝牙|无线蓝牙", "bluetooth|wireless"),
               ("usb-c wired", "typec接口|有线typec", "usb-c wired|type-c"),
               ("2.4g dongle", "2.4g无线|2.4g", "2.4g dongle|2.4g")),
        _plain("noise", ("active noise cancelling", "主动降噪|降噪", "active noise cancelling|noise cancelling|anc"),
               ("sound isolating", "被动隔音|隔音", "sound isolating"),
               ("ambient mode", "通透模式|环境音", "ambient mode|transparency")),
        _sizes("battery", "h", "小时", 8, 24, 40, 60, 100),
    )),
    Category("desk_lamp", ("台灯", "护眼灯", "檯燈"), ("desk lamp", "reading lamp", "table lamp"), 150.0, (
        _sizes("power", "W", "瓦", 5, 8, 12, 18, 24),
        _plain("mount", ("clamp", "夹式|夹子", "clamp|clip-on"), ("weighted base", "底座款|大底座", "weighted base"),
               ("wall mount", "壁挂|挂墙", "wall mount|wall-mounted"), ("floor stand", "落地|立式", "floor stand")),
        _plain("light", ("warm light", "暖光", "warm light"),
               ("full spectrum", "全光谱", "full spectrum|full-spectrum"),
               ("neutral light", "自然光|中性光", "neutral light"), ("rgb", "彩光|氛围光", "rgb")),
        _plain("switch", ("remote", "遥控", "remote|remote control"),
               ("touch dimmer", "触摸调光|触摸", "touch dimmer"),
               ("motion sensor", "人体感应|感应", "motion sensor"), ("voice", "语音|声控", "voice|voice control")),
        _plain("supply", ("rechargeable", "充电款|可充电", "rechargeable|cordless"),
               ("plug-in", "插电", "plug-in|plug in"),
               ("usb powered", "usb供电", "usb powered")),
    )),
)  # fmt: skip
