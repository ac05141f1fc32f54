"""What describes the product and what does not: sizes, colours, materials and numbers in everyday queries."""

import random

import pytest

from models.text.lexicon import general_attributes
from models.text.matcher import Matcher
from models.text.normalise import fold
from models.text.quantities import find_quantities
from models.text.taxonomy import ANY, Category, Taxonomy

READER = Matcher(Taxonomy((Category(ANY, (), tuple(general_attributes())),)), languages=frozenset({"zh", "en", "de"}))


def read(text: str, *attributes: str) -> list[str]:
    """What the reader finds of ``attributes`` in ``text``, as typed."""
    return [f.surface for f in READER.read(text).features if f.attribute in attributes and not f.negated]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("家用小电锅", ["小"]),  # the dictionary does not know 电锅
        ("书房小矮桌", ["小", "矮"]),
        ("瑜伽垫小", ["小"]),
        ("浴室镜子大的", ["大"]),
        ("3米大圆桌", ["大"]),
        ("小客厅吊灯", []),  # the room is small, not the lamp
        ("大时代模型", []),
        ("小电煮面锅", ["小"]),
        ("小玻璃碗", ["小"]),  # between them what it is made of
        ("小得意童鞋", []),  # a name
        ("小度音箱", []),
        ("罗小黑贴纸", []),
        ("豆浆大瓶", ["大瓶"]),  # how much is sold
        ("小袋营养液", ["小袋"]),
        ("香薰玻璃小瓶", ["小"]),  # the bottle is the product
        ("大罐子", ["大"]),
        ("湿巾小包", ["小包"]),
        ("斜挎小包", ["小"]),
        ("大靠背", ["大"]),
        ("小轿车挂件", []),  # a kind of thing
        ("小便池冲水阀", []),
        ("迷你款风扇", ["迷你款"]),
        ("宝马mini脚垫", []),  # a model
        ("mini榨汁机", ["mini"]),
    ],
)
def test_big_and_small_are_said_of_products_only(text, sizes):
    assert read(text, "Size") == sizes


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("32管球阀", ["32"]),
        ("m8拉爆螺母", ["m8"]),
        ("半圆键4*16*6", ["4*16*6"]),
        ("205/55r16轮胎", ["205/55r16"]),
        ("36dd bra", ["36dd"]),
        ("t8led灯管", ["t8"]),
        ("e27灯泡", ["e27"]),
        ("aaa电池", ["aaa"]),
        ("戒指12号", ["12号"]),
        ("小码女鞋32", ["小码", "32"]),
        ("牛仔裤男32", ["32"]),
        ("牛仔裤男32元", []),  # money
        ("儿童裤子110", ["110"]),
        ("帽子58", ["58"]),
        ("床笠1.5*2.0", ["1.5*2.0"]),
        ("0.38笔芯", ["0.38"]),
        ("丝锥m6", ["m6"]),
        ("雨刷24+16", ["24+16"]),
        ("1/6兵人", ["1/6"]),
        ("高180展架", ["高180"]),
        ("通码袜子", ["通码"]),
        ("us size 8 dress", ["us size 8"]),
        ("2x plus size top", ["2x", "plus size"]),
        ("w32 l34 jeans", ["w32 l34"]),
        ("4t dress", ["4t"]),
        ("4t硬盘", []),  # terabytes
        ("2055516雪地胎", ["2055516"]),
        ("1:64 合金车模", ["1:64"]),
        ("打印标签纸a4", ["a4"]),
        ("5号电池", ["5号"]),
        ("跑步鞋42", ["42"]),
        ("m8 hex bolt", ["m8"]),
        ("eu 38 ankle boots", ["eu 38"]),
        ("m5x40沉头螺丝", ["m5x40"]),  # not m5 alone
        ("40/62/10骨架油封", ["40/62/10"]),
        ("31 12.5 20快递纸箱", ["31 12.5 20"]),
        ("6.50r16货车轮胎", ["6.50r16"]),
        ("110/70-12轮胎", ["110/70-12"]),
        ("全合成机油5w-40", ["5w-40"]),
        ("书架高120", ["高120"]),
        ("书架高120厘米", []),  # with its unit it is a quantity
        ("七号电池", ["七号"]),
        ("防滑垫片18", ["18"]),
        ("法兰316", ["316"]),
        ("316法兰", []),  # the steel
        ("75b聚拢文胸", ["75b"]),
        ("75a断路器", []),
        ("schuhe größe 42", ["größe 42"]),
        ("晨光8号无人机", []),  # the name of a model
        ("dn65闸阀", ["dn65"]),
        ("63pvc管", ["63"]),
        ("75扁弯", ["75"]),
        ("63变50接头", ["63变50"]),
        ("内径12的垫圈", ["内径12"]),
        ("内径12厘米的垫圈", []),
        ("3.2自攻螺丝", ["3.2"]),
        ("17-19扳手", ["17-19"]),
        ("20-1.75外胎", ["20-1.75"]),
        ("26x2.1内胎", ["26x2.1"]),
        ("8开素描纸", ["8开"]),
        ("9开门店", []),
        ("a3绘图纸", ["a3"]),
        ("奥迪a3脚垫", []),
        ("86型插座", ["86型"]),
        ("21700锂电池", ["21700"]),
        ("21700主板", []),
        ("1.35床护栏", ["1.35"]),
        ("尿不湿l", ["l"]),
        ("尿不湿xl36片", ["xl"]),
        ("b罩杯文胸", ["b罩杯"]),
        ("5b炭笔素描", ["5b"]),
        ("t5灯管", ["t5"]),
        ("80高鞋柜", ["80高"]),
        ("75c-3净化器", []),  # the name of a model
        ("90x45led面板灯", ["90x45"]),
        ("坦克500大灯", []),
        ("motor us50", []),
    ],
)
def test_a_bare_number_is_a_size_where_the_product_is_sold_by_it(text, sizes):
    assert read(text, "Size") == sizes


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("紫粉色吊带", ["紫粉色"]),
        ("鸭蛋青茶盘", ["鸭蛋青"]),
        ("黑白色跳绳", ["黑", "白色"]),  # two colours, no blend
        ("blue grey armchair", ["blue grey"]),
        ("隔壁的黑猫", []),  # 黑 and 猫 are values of different attributes, and no pair
        ("红香妃茶叶", []),  # what is eaten has the colour it has
        ("红色茶杯", ["红色"]),
        ("烟灰盒", []),
        ("抹茶粉", []),
        ("四季粉", []),  # a powder
        ("白颜色窗帘", ["白颜色"]),
        ("红糙米新鲜", []),  # food, though another word comes last
        ("咖啡杯黑", ["黑"]),  # a cup, though food comes before
        ("小白空气净水", []),
        ("连衣裙绿", ["绿"]),  # said after the product
        ("春晓绿", []),  # a name, or a shade that is more than 绿
        ("高瓦数紫外线灯", []),
        ("红灯笼", ["红"]),  # 红灯 is no word of it
        ("黑巧饼干礼盒", []),  # the box is not what is named
    ],
)
def test_colours_are_the_products(text, colours):
    assert read(text, "Color") == colours


@pytest.mark.parametrize(
    ("text", "materials"),
    [
        ("塑木地板", ["塑木"]),
        ("鋁合金收納櫃", ["鋁合金"]),  # traditional script
        ("镍铬合金板", ["镍铬合金"]),  # not 合金
        ("水杯家用瓷", ["瓷"]),
        ("竹签", ["竹"]),
        ("黄金耳钉", ["黄金"]),
        ("黄金会员", []),
        ("断桥铝平开窗密封条", []),  # a part for a window
        ("断桥铝平开窗", ["断桥铝"]),
        ("擦玻璃布", []),
        ("铝用锯片", []),
        ("彩色水泥", []),  # the material itself
        ("洗脚盆橡胶", ["橡胶"]),  # said after the product
        ("纸尿裤", []),
        ("书桌实木香槟色", ["实木"]),  # the dictionary knows 木香
        ("懒人棉拖", []),
        ("花剪不锈钢", ["不锈钢"]),
        ("石材养护剂", []),  # an agent for it
        ("环氧地坪漆", ["环氧"]),  # an agent of it
        ("锯竹子的工具", []),  # a tool for it
        ("合金钻头", ["合金"]),  # a tool of it
        ("蟒皮纹手机壳", []),  # its look
        ("硫酸铜", []),
        ("擦手纸吸油纸", []),  # the thing itself
        ("工程塑料手册书", []),  # what the book is about
        ("雕刻刀钢的材质", ["钢"]),
        ("stainless steel free standing shelf", ["stainless steel"]),
        ("marble cleaner", []),
        ("walnut cake 500 g", []),
        ("walnut cake stand", ["walnut"]),
        ("silk body lotion", []),
        ("summer clothes", []),
        ("枕巾棉", ["棉"]),  # said after the product
        ("隔热棉", []),
        ("仿陶瓷碗", ["仿陶瓷"]),
        ("全岩板餐桌", ["全岩板"]),
        ("铁方盆", ["铁"]),  # its shape between
        ("瓷猫摆件", ["瓷"]),
        ("玻璃遮阳帘", []),  # for the pane
        ("玻璃水杯", ["玻璃"]),
        ("橱窗刮玻璃神器", []),
        ("去水泥神器", []),
        ("304焊接弯头", ["304"]),  # welded of it
        ("铝焊接机", []),
        ("原木风书架", []),  # a style
        ("原木风车", ["原木"]),
        ("加藤手办", []),  # a family name
        ("中空玻璃", []),  # the material itself
        ("混凝土养生", []),
        ("混凝土花盆", ["混凝土"]),
        ("银元宝摆件", ["银"]),
    ],
)
def test_materials_are_what_the_product_is_made_of(text, materials):
    assert read(text, "Material") == materials


@pytest.mark.parametrize(
    ("text", "quantities"),
    [
        ("12v68蓄电池", ["12v"]),
        ("12v-14v灯芯", ["12v-14v"]),
        ("12V - 14V Netzteil", ["12V - 14V"]),
        ("5厘亚克力", ["5厘"]),
        ("4欧喇叭", ["4欧"]),
        ("公寓，25平", ["25平"]),
        ("256g内存条", ["256g"]),
        ("60㐅90cm地垫", ["60㐅90cm"]),
        ("17克3线马达", ["17克"]),
        ("2米5窗帘", ["2米5"]),
        ("2.5mmx8x40钻头", ["2.5mmx8x40"]),
        ("200ml*4瓶", ["200ml", "4瓶"]),
        ("9个月到2岁", ["9个月到2岁"]),
        ("5到七岁", ["5到七岁"]),
        ("五六岁", ["五六岁"]),
        ("2米五窗帘", ["2米五"]),
        ("20斤装大米", ["20斤装"]),
        ("8件套装修", ["8件套"]),
        ("三合一数据线", ["三合一"]),
        ("20226岁男宝", ["6岁"]),  # of the year 2022
        ("8口交换机", ["8口"]),
        ("27/30速变速器", ["27/30速"]),
        ("1.500 ml Glas", ["1.500 ml"]),
        ("lot de 4 assiettes", ["lot de 4"]),
        ("一键复原", []),
        ("一人之下手办", []),
        ("40方管", []),
        ("5g插卡路由器", []),
        ("08速腾", []),
        ("2025本台历", []),
        ("七分袖衬衣", []),
        ("旋风pk35e0w", []),  # the letters of a model
        ("3m胶带", []),  # the maker
        ("二分之一", []),
        ("钢笔双支", ["双支"]),
        ("双支架", []),
        ("160a断路器", ["160a"]),
        ("160a粉盒", []),
        ("5万毫安充电宝", ["5万毫安"]),
        ("三人家用餐桌", ["三人"]),
        ("mood四件套", ["四件套"]),
        ("尿不湿xl36片", ["36片"]),
        ("一粒志", []),
        ("一盒蜡笔", ["一盒"]),
        ("做一个好人", []),
        ("5分硬币", []),
        ("9分裤", []),
        ("1.6t火花塞", []),  # an engine
        ("1.6t叉车", ["1.6t"]),
        ("5008门把手", []),
        ("361度跑鞋", []),  # a maker
    ],
)
def test_numbers_with_units(text, quantities):
    measures = tuple(attribute.attribute for attribute in general_attributes() if attribute.unit)
    assert read(text, *measures) == quantities


def test_a_season_may_end_a_text_behind_any_word():
    assert read("围脖加厚冬", "Season") == ["冬"]  # a colour there must stand behind a product


def test_a_given_category_reads_its_own_values_whatever_the_text_looks_like():
    attribute = next(a for a in general_attributes() if a.attribute == "Material")
    reader = Matcher(Taxonomy((Category("cement", (("zh", "水泥"),), (attribute,)),)))
    assert [f.surface for f in reader.read("黄色树脂", category_id="cement").features] == ["树脂"]
    assert read("黄色树脂", "Material") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.500 ml", "1.5 L"), ("1 500 ml", "1.5 L"), ("1,5 l", "1.5 L"), ("1.500 kg", "1.5 kg"), ("0,75 l", "0.75 L")],
)
def test_thousands_and_decimals_are_told_apart_by_the_unit(text, value):
    assert [f.value for f in READER.read(text).features] == [value]


def test_nonsense_of_digits_units_and_signs_is_read_without_failing():
    rng = random.Random(1)
    signs = [
        *"0123456789.,/-xX*一二三十百半两至到mlgcmkvwA号档速方码岁月年元块装以上下约〇",
        " ",
        "　",
        "起",
        "之",
        "$",
    ]
    for _ in range(20_000):  # 27/30速 once failed
        text = fold("".join(rng.choices(signs, k=rng.randint(1, 12))))
        for quantity in find_quantities(text):
            assert 0 <= quantity.start < quantity.end <= len(text)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("小学生书包", ["小学生"]),  # no small one
        ("手指牙刷大人", ["大人"]),
        ("小猫洗澡笼", ["小猫"]),
        ("大学生台灯", ["大学生"]),
    ],
)
def test_a_word_that_keeps_a_shorter_one_out_is_read_where_it_is_a_value_itself(text, people):
    assert read(text, "Audience") == people
    assert read(text, "Size") == []


def test_whom_a_product_is_for_is_read_inside_the_name_of_its_category():
    named = [
        Category(name, (("en", name), ("zh", zh)), ()) for name, zh in (("cat food", "猫粮"), ("baby shoes", "婴儿鞋"))
    ]
    everything = Category(ANY, (), tuple(general_attributes()))
    reader = Matcher(Taxonomy((*named, everything)), languages=frozenset({"zh", "en"}))
    for text, category, people in (
        ("salmon cat food", "cat food", ["cat"]),
        ("baby shoes 12 months", "baby shoes", ["baby"]),
        ("婴儿鞋防滑", "baby shoes", ["婴儿"]),
    ):
        reading = reader.read(text)
        assert reading.category_id == category
        assert [f.surface for f in reading.features if f.attribute == "Audience"] == people
