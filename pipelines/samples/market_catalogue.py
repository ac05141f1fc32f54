"""What the simulated market trades in: categories, attributes, values and their words.

Pure constants. Costs are shares of the category's reference price; wording is what shoppers
type and what titles say. A value with ``spoken`` below 1 is the default one that people
rarely bother to name ("standard", "wash only").
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class ValueText:
    """One value of an attribute: canonical name, words in both languages, cost share."""

    value: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    cost_share: float
    spoken: float = 1.0
    may_rise: bool = False


@dataclass(frozen=True)
class AttributeText:
    """One attribute: its values, unit, whether neighbours in order are near substitutes."""

    attribute: str
    unit: str | None
    is_ordered: bool
    importance: float
    values: tuple[ValueText, ...]


@dataclass(frozen=True)
class CategoryText:
    """One category: names, price level in CNY, attributes, and a phrase no taxonomy knows."""

    category_id: str
    zh: str
    en: str
    nicknames: tuple[str, ...]
    misspelt: tuple[str, ...]
    reference_price_cny: float
    attributes: tuple[AttributeText, ...]
    unknown_phrase: tuple[str, str]


def _number(value: str, cost_share: float, units: tuple[str, ...]) -> ValueText:
    zh = tuple(f"{value}{unit}" for unit in units)
    return ValueText(value, zh, zh[:1], cost_share)


def _numbers(
    attribute: str, unit: str, importance: float, units: tuple[str, ...], costs: dict[str, float]
) -> AttributeText:
    values = tuple(_number(value, cost, units) for value, cost in costs.items())
    return AttributeText(attribute, unit, True, importance, values)


def _word(value: str, zh: str, en: str, cost_share: float, *, rise: bool = False) -> ValueText:
    return ValueText(value, tuple(zh.split("/")), tuple(en.split("/")), cost_share, may_rise=rise)


def _plain(value: str, zh: str, en: str) -> ValueText:
    return ValueText(value, tuple(zh.split("/")), tuple(en.split("/")), 0.0, spoken=0.15)


def _words(attribute: str, importance: float, *values: ValueText) -> AttributeText:
    return AttributeText(attribute, None, False, importance, values)


_AIR_FRYER = CategoryText(
    "air_fryer",
    "空气炸锅",
    "air fryer",
    ("炸锅", "airfryer"),
    ("空气炸过", "空汽炸锅"),
    399.0,
    (
        _numbers("capacity", "L", 2.0, ("L", "升"), {"3.5": 0.0, "5": 0.04, "6": 0.06, "8": 0.11, "12": 0.22}),
        _words(
            "window",
            1.5,
            _plain("standard", "无窗/普通款", "no window"),
            _word("viewing_window", "可视窗/可视/透明窗", "viewing window/see-through", 0.04),
        ),
        _words(
            "function",
            2.2,
            _plain("basic", "基础款/单炸", "basic"),
            _word("steam", "蒸汽/蒸汽嫩烤/蒸炸", "steam/steam fry", 0.08, rise=True),
            _word("rotisserie", "旋转烤叉/烤全鸡", "rotisserie", 0.06),
            _word("dehydrate", "果干/风干", "dehydrator", 0.05, rise=True),
        ),
        _words(
            "control",
            1.3,
            _word("knob", "旋钮/机械", "knob/dial", 0.0),
            _word("touch", "触屏/触控", "touch/touch panel", 0.03),
            _word("app", "手机控制/智能", "app control/smart", 0.06),
        ),
    ),
    ("奶油风", "cream style"),
)

_LAPTOP = CategoryText(
    "laptop",
    "笔记本电脑",
    "laptop",
    ("笔记本", "notebook"),
    ("笔记本电恼", "笔计本电脑"),
    4999.0,
    (
        _numbers(
            "screen_size",
            "inch",
            1.8,
            ("寸", "英寸", "inch"),
            {"13.3": 0.03, "14": 0.0, "15.6": 0.02, "16": 0.05, "17.3": 0.10},
        ),
        _words(
            "purpose",
            2.4,
            _word("office", "办公/商务", "office/business", 0.0),
            _word("student", "学生/网课", "student", 0.0),
            _word("design", "设计/剪辑", "design/creator", 0.08),
            _word("gaming", "游戏本/电竞/游戏", "gaming/esports", 0.14, rise=True),
        ),
        _numbers("memory", "GB", 1.4, ("G", "GB"), {"8": 0.0, "16": 0.04, "32": 0.10}),
        AttributeText(
            "storage",
            "GB",
            True,
            1.0,
            (
                ValueText("512", ("512G", "512GB"), ("512GB",), 0.0),
                ValueText("1024", ("1T", "1TB"), ("1TB",), 0.05),
                ValueText("2048", ("2T", "2TB"), ("2TB",), 0.10),
            ),
        ),
        _words(
            "panel",
            1.3,
            _plain("ips", "ips屏/普通屏", "ips"),
            _word("oled", "oled屏/oled", "oled", 0.07, rise=True),
            _word("touchscreen", "触摸屏/触屏", "touchscreen", 0.05),
        ),
    ),
    ("护眼不闪屏", "flicker free"),
)

_WASHER = CategoryText(
    "washing_machine",
    "洗衣机",
    "washing machine",
    ("洗衣", "washer"),
    ("洗衣鸡", "冼衣机"),
    2199.0,
    (
        _numbers("capacity", "kg", 1.9, ("kg", "公斤"), {"3": 0.0, "8": 0.05, "10": 0.08, "12": 0.14}),
        _words(
            "loading",
            2.4,
            _word("front", "滚筒", "front load/drum", 0.06),
            _word("top", "波轮", "top load", 0.0),
            _word("twin_tub", "双缸/半自动", "twin tub", 0.0),
            _word("wall_mounted", "壁挂/挂墙", "wall mounted/wall-mounted", 0.08, rise=True),
        ),
        _words(
            "drying",
            1.8,
            _plain("wash_only", "单洗/不带烘干", "wash only"),
            _word("condenser", "洗烘一体/烘干", "washer dryer combo", 0.10),
            _word("heat_pump", "热泵烘干/热泵", "heat pump", 0.16, rise=True),
        ),
        _words(
            "feature",
            1.3,
            _plain("standard", "标准款", "standard"),
            _word("ultra_thin", "超薄/嵌入式", "ultra thin/slim", 0.04),
            _word("silent", "静音", "silent/quiet", 0.03),
            _word("sterilise", "除菌/高温除螨", "sterilise/sanitise", 0.04),
        ),
    ),
    ("内衣分区洗", "zone wash"),
)

_ROBOT = CategoryText(
    "robot_vacuum",
    "扫地机器人",
    "robot vacuum",
    ("扫地机", "robovac"),
    ("扫地机器仁",),
    2599.0,
    (
        _numbers("suction", "Pa", 1.5, ("Pa", "帕"), {"3000": 0.0, "5000": 0.04, "8000": 0.09, "12000": 0.15}),
        _words(
            "station",
            2.2,
            _plain("charge_only", "充电座", "charging dock"),
            _word("auto_empty", "自动集尘/集尘", "auto empty", 0.07),
            _word("self_wash", "自动洗拖布/洗拖一体", "self wash", 0.12),
            _word("plumbed", "自动上下水/上下水", "plumbed in", 0.16, rise=True),
        ),
        _words(
            "navigation",
            1.2,
            _word("lidar", "激光导航", "lidar", 0.04),
            _word("camera", "视觉导航", "camera", 0.03),
            _word("gyro", "陀螺仪", "gyro", 0.0),
        ),
        _words(
            "feature",
            1.6,
            _plain("standard", "标准款", "standard"),
            _word("pet_hair", "宠物毛发/防缠绕", "pet hair/anti tangle", 0.04, rise=True),
            _word("low_profile", "超薄机身", "low profile", 0.05),
        ),
    ),
    ("地毯识别", "carpet sensing"),
)

_RICE_COOKER = CategoryText(
    "rice_cooker",
    "电饭煲",
    "rice cooker",
    ("电饭锅",),
    ("电饭褒", "电饭保"),
    329.0,
    (
        _numbers("capacity", "L", 1.9, ("L", "升"), {"2": 0.0, "3": 0.03, "4": 0.05, "5": 0.08}),
        _words(
            "heating",
            1.5,
            _plain("plate", "底盘加热", "plate heating"),
            _word("ih", "IH电磁/电磁加热", "induction heating", 0.10),
            _word("pressure", "压力/高压", "pressure", 0.14),
        ),
        _words(
            "liner",
            1.8,
            _word("nonstick", "不粘内胆", "nonstick", 0.0),
            _word("ceramic", "陶瓷内胆", "ceramic liner", 0.05),
            _word("stainless", "不锈钢内胆/无涂层", "stainless liner/uncoated", 0.07, rise=True),
        ),
        _words(
            "function",
            1.7,
            _plain("standard", "普通款", "standard"),
            _word("low_sugar", "低糖/沥糖", "low sugar", 0.06, rise=True),
            _word("timer", "预约/定时", "timer", 0.02),
        ),
    ),
    ("杂粮不夹生", "whole grain mode"),
)

_CHAIR = CategoryText(
    "office_chair",
    "人体工学椅",
    "ergonomic chair",
    ("电脑椅", "office chair"),
    ("人体工学倚",),
    899.0,
    (
        _words(
            "back",
            1.8,
            _word("mesh", "网布", "mesh", 0.03),
            _word("leather", "真皮/皮质", "leather", 0.10),
            _word("fabric", "布艺", "fabric", 0.0),
        ),
        _words(
            "extra",
            2.1,
            _plain("standard", "标准款", "standard"),
            _word("footrest", "脚踏/搁脚", "footrest", 0.06, rise=True),
            _word("heated", "加热/按摩", "heated/massage", 0.12, rise=True),
            _word("headrest", "头枕", "headrest", 0.04),
        ),
        _words(
            "armrest",
            1.3,
            _word("fixed", "固定扶手", "fixed armrest", 0.0),
            _word("arm_3d", "3D扶手", "3d armrest", 0.04),
            _word("arm_4d", "4D扶手", "4d armrest", 0.07),
        ),
        _numbers("load_limit", "kg", 1.2, ("kg", "公斤"), {"110": 0.0, "130": 0.03, "160": 0.08}),
    ),
    ("午休可躺平", "nap mode"),
)

CATEGORIES: tuple[CategoryText, ...] = (
    _AIR_FRYER,
    _LAPTOP,
    _WASHER,
    _ROBOT,
    _RICE_COOKER,
    _CHAIR,
)
_GENERAL: tuple[AttributeText, ...] = (
    _words(
        "colour",
        1.2,
        _word("white", "白色/纯白", "white", 0.0),
        _word("black", "黑色/曜石黑", "black", 0.0),
        _word("green", "绿色/薄荷绿", "green", 0.02),
    ),
    _words(
        "warranty",
        1.0,
        _plain("one_year", "一年质保", "one year warranty"),
        _word("three_years", "三年质保", "three year warranty", 0.03),
        _word("lifetime", "终身质保", "lifetime warranty", 0.06),
    ),
    _words(
        "packaging",
        0.8,
        _plain("plain_box", "普通包装", "plain box"),
        _word("gift_box", "礼盒装/送礼", "gift box", 0.02),
        _word("eco_box", "环保包装", "eco box", 0.01),
    ),
)
MAX_ATTRIBUTES = 7


def with_attributes(text: CategoryText, count: int | None) -> CategoryText:
    """The category with ``count`` attributes: the first ones, one of them able to rise, or filled up with general ones."""
    if count is None:
        return text
    if count >= len(text.attributes):
        return replace(text, attributes=(*text.attributes, *_GENERAL)[:count])
    rising = next(attribute for attribute in text.attributes if any(value.may_rise for value in attribute.values))
    others = [attribute for attribute in text.attributes if attribute is not rising]
    return replace(text, attributes=(rising, *others[: count - 1]))


def in_english(text: CategoryText) -> CategoryText:
    """The category with no English word in another script ("13.3寸" is typed as "13.3inch")."""
    attributes = [
        replace(
            attribute,
            values=tuple(
                replace(value, en=tuple(word for word in (*value.en, *value.zh) if word.isascii()))
                for value in attribute.values
            ),
        )
        for attribute in text.attributes
    ]
    return replace(text, attributes=tuple(attributes))


BRANDS: tuple[tuple[str, str], ...] = (
    ("北辰", "Beichen"),
    ("青禾", "Qinghe"),
    ("云帆", "Yunfan"),
    ("乐居", "Leju"),
    ("安澜", "Anlan"),
    ("飞鸥", "Feiou"),
    ("优禾", "Youhe"),
    ("极岚", "Jilan"),
)
REGIONS: tuple[str, ...] = (
    "CN-GD",
    "CN-ZJ",
    "CN-JS",
    "CN-SD",
    "CN-SC",
    "CN-HB",
    "CN-BJ",
    "CN-LN",
)
PLATFORMS: tuple[str, ...] = ("mall", "stream")
CHANNELS: tuple[str, ...] = ("shelf", "live", "short_video", "group_buy", "presale")
NOISE_ZH: tuple[str, ...] = (
    "家用",
    "新款",
    "推荐",
    "排行榜",
    "性价比",
    "官方旗舰店",
    "正品",
    "送货上门",
    "高颜值",
    "哪个好",
)
NOISE_EN: tuple[str, ...] = ("best", "cheap", "new", "home", "2026", "review", "official")
TRADITIONAL: dict[int, int] = str.maketrans(
    "气锅笔记电脑机烤转视触汽热泵办滚筒挂烘静标准设计游戏学声",
    "氣鍋筆記電腦機烤轉視觸汽熱泵辦滾筒掛烘靜標準設計遊戲學聲",
)
