"""Words that are no feature whatever the category: function words, shop talk, questions, negations, places.

Short on purpose. Most words that say nothing are found without a list, because they are as
frequent in one category as in all others. What stands here is what a shop with one category,
or a word at a festival, would let through.
"""

from __future__ import annotations


def _words(text: str, separator: str | None = None) -> tuple[str, ...]:
    """Words of a block, apart by space or by ``separator``."""
    return tuple(word.strip() for word in text.split(separator) if word.strip())


# may stand inside a phrase ("easy to clean"), never at its edge
EDGE_WORDS = frozenset(
    _words("""
    a an the of for to in on at by with and or from as is are be it its my your our this that these which s 的 了
    和 与 及 或 是 在 之 着 吗 呢 吧 也 都 又 很 就 把 被 给 让 跟 对 个
    """)
)

# shop talk, prices, questions: a text is cut here
CUT_WORDS = frozenset(
    _words(
        """
    best|cheap|cheapest|cheaper|new|newest|latest|top|hot|popular|good|great|nice|review|reviews|rating|official|
    original|genuine|authentic|sale|sales|deal|deals|discount|coupon|promotion|offer|offers|price|prices|buy|
    purchase|order|shop|store|online|shipping|delivery|free shipping|clearance|wholesale|brand|brands|recommended|
    recommendation|recommendations|near me|how|what|which|where|why|who|vs|versus|compare|comparison|under|over|
    below|above|between|less than|more than|at least|at most|up to|around|about|only|please|want|need|
    black friday|cyber monday|prime day|christmas sale|新款|新品|最新|最新款|推荐|正品|官方|官网|旗舰店|专卖店|
    专柜|品牌|大牌|名牌|牌子|包邮|特价|清仓|促销|打折|折扣|优惠|优惠券|秒杀|爆款|热销|热卖|畅销|同款|网红|
    明星同款|抖音同款|抖音|淘宝|天猫|京东|拼多多|直播|直播间|代购|批发|厂家|厂家直销|直销|现货|价格|多少钱|便宜|
    便宜的|高档|高端|性价比|性价比高|质量好|好用|好看|实惠|划算|排行榜|十大品牌|排名|评测|测评|对比|怎么|怎么样|
    怎样|如何|什么|什么牌子|哪个|哪种|哪里|哪款|为什么|多少|图片|视频|教程|说明书|以下|以上|以内|左右|之间|不超过|
    至少|最多|大约|元以下|元以内|元左右|元以上|块钱|双十一|双11|双十二|双12|618|年货节|女神节|热搜|必备|神器|专用|
    通用|正版|全新|二手|闲置|店铺|商城|超市|门店|发货|顺丰|送货|上门|安装费|售后|保修|到货|预售|新年|今年|去年|
    年新款|款式
    """,
        "|",
    )
)

# what follows is not wanted; 无, 免, 非 alone are left out: 无线 and 免洗 are features
NEGATIONS = frozenset(
    _words("""
    without not no non w/o except excluding 不要 不带 不含 不用 不是 不想要 没有 除了 别要 拒绝
    """)
)

# first-level regions of China, large cities, and countries goods come from, as shoppers write them
_PLACES_ZH = _words("""
    北京 上海 天津 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川
    贵州 云南 陕西 甘肃 青海 台湾 内蒙古 内蒙 广西 西藏 宁夏 新疆 香港 澳门 石家庄 唐山 秦皇岛 邯郸 保定 张家口
    承德 沧州 廊坊 太原 大同 沈阳 大连 鞍山 抚顺 锦州 长春 哈尔滨 齐齐哈尔 大庆 南京 无锡 徐州 常州 苏州 南通
    连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 义乌 衢州 舟山 台州 丽水 合肥 芜湖
    蚌埠 淮南 马鞍山 安庆 黄山 阜阳 亳州 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 九江 赣州 上饶
    济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 洛阳 平顶山 安阳
    新乡 焦作 许昌 漯河 南阳 商丘 信阳 周口 驻马店 武汉 黄石 十堰 宜昌 襄阳 荆州 黄冈 长沙 株洲 湘潭 衡阳 岳阳
    常德 张家界 郴州 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 东莞 中山 潮州 揭阳 南宁 柳州
    桂林 北海 海口 三亚 成都 自贡 攀枝花 泸州 德阳 绵阳 乐山 南充 宜宾 贵阳 遵义 昆明 大理 丽江 拉萨 西安 宝鸡
    咸阳 延安 汉中 兰州 西宁 银川 乌鲁木齐 呼和浩特 包头 鄂尔多斯 台北 高雄 中国 美国 日本 韩国 德国 法国 英国
    意大利 俄罗斯 泰国 越南 印度 澳洲 澳大利亚 新西兰 加拿大 西班牙 瑞士 瑞典 荷兰 丹麦 土耳其 巴西 墨西哥
    马来西亚 新加坡 印尼 菲律宾 欧洲 亚洲 非洲
    """)
_PLACES_LATIN = _words(
    """
    beijing|shanghai|tianjin|chongqing|shenzhen|guangzhou|hangzhou|suzhou|nanjing|wuhan|chengdu|xian|xi an|
    qingdao|dalian|ningbo|xiamen|changsha|zhengzhou|shenyang|harbin|jinan|foshan|dongguan|hong kong|macau|taiwan|
    taipei|tokyo|osaka|seoul|singapore|bangkok|london|paris|berlin|munich|hamburg|madrid|barcelona|rome|milan|
    amsterdam|brussels|vienna|zurich|stockholm|copenhagen|oslo|dublin|moscow|istanbul|dubai|mumbai|delhi|new york|
    new york city|nyc|los angeles|chicago|houston|phoenix|philadelphia|san antonio|san diego|dallas|austin|
    san jose|san francisco|seattle|denver|boston|detroit|atlanta|miami|las vegas|portland|toronto|montreal|
    vancouver|sydney|melbourne|brisbane|perth|auckland|china|usa|united states|america|japan|korea|germany|france|
    uk|united kingdom|england|italy|spain|canada|australia|india|mexico|brazil|russia|thailand|vietnam|turkey|
    texas|florida|california
    """,
    "|",
)
PLACES = frozenset(
    [*_PLACES_ZH, *(name + suffix for name in _PLACES_ZH for suffix in ("市", "省", "产")), *_PLACES_LATIN]
)
