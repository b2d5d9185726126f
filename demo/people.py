"""Synthetic people and organisations for the demonstration. Nobody here exists; the same seed gives the same people."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from expertpool.identity import check_digit

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "建国志强晓梅海燕文博雪莲天宇丽华永胜春兰德明秀英国栋玉洁少华若兰立新慧敏振华小红长江凤霞俊峰雅琴思远静怡卫东桂芳伟民淑贞浩然佳宁泽民美玲一鸣子涵庆丰月娥宏伟婷婷书恒晨曦"
MINORITY = [
    "阿不都热合曼·买买提", "古丽娜尔·艾尼瓦尔", "木合塔尔·吐尔逊", "阿依努尔·卡德尔", "巴哈尔古丽·哈斯木江",
    "叶尔肯·努尔兰", "帕提古丽·依明", "艾克拜尔·买合木提", "迪丽努尔·阿布力孜", "加那尔·巴合提别克",
]  # fmt: skip
SCHOOLS = [
    "新疆大学",
    "石河子大学",
    "西安交通大学",
    "中国矿业大学",
    "华东理工大学",
    "北京科技大学",
    "中南大学",
    "兰州大学",
    "四川大学",
    "东华大学",
]
CITIES = [
    ("乌鲁木齐", "6501"), ("克拉玛依", "6502"), ("昌吉", "6523"), ("石河子", "6590"), ("哈密", "6505"), ("库尔勒", "6528"),
    ("喀什", "6531"), ("伊宁", "6540"),
]  # fmt: skip

# Code, name, kind, parent's code, relation to it.
ORGANISATIONS: list[tuple[str, str, str, str, str]] = [
    ("GXT", "自治区工业和信息化厅（演示）", "government", "", ""),
    ("GXT-ZJK", "专家库管理处（演示）", "government", "GXT", "internal"),
    ("GXT-ZBC", "装备工业处（演示）", "government", "GXT", "internal"),
    ("GXT-CLC", "原材料工业处（演示）", "government", "GXT", "internal"),
    ("GXT-XXC", "信息化和软件服务业处（演示）", "government", "GXT", "internal"),
    ("GXT-JCZ", "派驻纪检监察组（演示）", "government", "GXT", "internal"),
    ("XH01", "天山石油和化学工业协会", "association", "", ""),
    ("XH02", "天山有色金属与冶金行业协会", "association", "", ""),
    ("XH03", "天山装备制造与电子信息行业协会", "association", "", ""),
    ("XH04", "天山轻工纺织与医药行业协会", "association", "", ""),
    ("XH05", "天山节能环保与法律服务联合会", "association", "", ""),
    ("DZ01", "北庭州工业和信息化局", "government", "", ""),
    ("DX01", "天池理工大学", "university", "", ""),
    ("DX01-HG", "天池理工大学化学与化工学院", "university", "DX01", "internal"),
    ("DX01-JX", "天池理工大学机械与电气工程学院", "university", "DX01", "internal"),
    ("DX01-XX", "天池理工大学信息科学与工程学院", "university", "DX01", "internal"),
    ("DX02", "绿洲大学", "university", "", ""),
    ("DX02-SM", "绿洲大学生命科学与技术学院", "university", "DX02", "internal"),
    ("DX02-FX", "绿洲大学法学院", "university", "DX02", "internal"),
    ("DX02-JG", "绿洲大学经济与管理学院", "university", "DX02", "internal"),
    ("YJ01", "天山煤炭与化工研究院", "research", "", ""),
    ("YJ02", "天山冶金与矿产资源研究院", "research", "", ""),
    ("YJ03", "天山建筑材料科学研究院", "research", "", ""),
    ("YJ04", "天山轻工纺织设计研究院", "research", "", ""),
    ("YJ05", "天山新能源与节能技术研究所", "research", "", ""),
    ("YJ06", "天山无线电监测技术中心", "institution", "GXT", "subordinate"),
    ("YJ07", "天山药物与生物技术研究所", "research", "", ""),
    ("YJ08", "天山产业经济与政策研究中心", "institution", "GXT", "subordinate"),
    ("JT01", "昆仑能源化工集团有限公司", "company", "", ""),
    ("JT01-A", "昆仑能源化工集团准东煤制气有限公司", "company", "JT01", "subordinate"),
    ("JT01-B", "昆仑能源化工集团独山石化有限公司", "company", "JT01", "subordinate"),
    ("JT01-C", "昆仑能源化工集团工程设计有限公司", "company", "JT01", "subordinate"),
    ("JT02", "博格达有色金属集团有限公司", "company", "", ""),
    ("JT02-A", "博格达有色金属集团阜康冶炼有限公司", "company", "JT02", "subordinate"),
    ("JT02-B", "博格达有色金属集团哈密矿业有限公司", "company", "JT02", "subordinate"),
    ("JT03", "塔里木装备制造集团股份有限公司", "company", "", ""),
    ("JT03-A", "塔里木装备制造集团风电机械有限公司", "company", "JT03", "subordinate"),
    ("JT03-B", "塔里木装备制造集团农机有限公司", "company", "JT03", "subordinate"),
    ("JT04", "准噶尔新能源新材料集团有限公司", "company", "", ""),
    ("JT04-A", "准噶尔多晶硅材料有限公司", "company", "JT04", "subordinate"),
    ("JT04-B", "准噶尔储能科技有限公司", "company", "JT04", "subordinate"),
    ("QY01", "丝路信息技术股份有限公司", "company", "", ""),
    ("QY02", "天枢软件有限责任公司", "company", "QY01", "subordinate"),
    ("QY03", "北庭水泥有限责任公司", "company", "", ""),
    ("QY04", "和田河玻璃与陶瓷有限公司", "company", "", ""),
    ("QY05", "阿克苏棉纺织有限公司", "company", "", ""),
    ("QY06", "喀什服装智造有限公司", "company", "", ""),
    ("QY07", "伊犁河乳品与食品股份有限公司", "company", "", ""),
    ("QY08", "雪莲生物制药股份有限公司", "company", "", ""),
    ("QY09", "天山民用爆破器材有限公司", "company", "", ""),
    ("QY10", "哈密矿山工程有限公司", "company", "", ""),
    ("QY11", "昌吉循环经济园区投资运营有限公司", "company", "", ""),
    ("QY12", "库车经济技术开发区管理服务中心", "institution", "", ""),
    ("QY13", "天山环境工程有限公司", "company", "", ""),
    ("QY14", "绿洲工程咨询有限公司", "company", "", ""),
    ("LS01", "西域律师事务所", "company", "", ""),
    ("LS02", "天平会计师事务所（特殊普通合伙）", "company", "", ""),
    ("QY15", "博斯腾湖无线通信有限公司", "company", "", ""),
    ("QY16", "和静钢铁有限责任公司", "company", "", ""),
    ("QY17", "吐鲁番光伏科技有限公司", "company", "JT04", "subordinate"),
]

# Which fields a recommending unit recommends in, by name of the field.
SCOPES: dict[str, list[str]] = {
    "XH01": ["石化化工", "煤化工"],
    "XH02": ["冶金", "采矿", "建材", "民爆"],
    "XH03": ["装备制造", "信息产业", "无线电"],
    "XH04": ["纺织服装", "轻工", "生物医药"],
    "XH05": ["节能环保", "新能源新材料", "法律法规", "综合经济", "园区管理"],
}

# Who plausibly works in a field: organisations, and what he does there.
WORKS: dict[str, tuple[list[str], list[str]]] = {
    "石化化工": (["DX01-HG", "YJ01", "JT01-B", "JT01-C"], ["炼油催化工艺", "精细化工过程安全", "聚烯烃新材料"]),
    "煤化工": (["YJ01", "JT01-A", "DX01-HG", "JT01"], ["煤制天然气气化技术", "煤焦油深加工", "合成气净化"]),
    "冶金": (["YJ02", "JT02-A", "QY16", "DX01-JX"], ["电解铝节能", "铜冶炼烟气治理", "特种钢冶炼"]),
    "建材": (["YJ03", "QY03", "QY04"], ["水泥窑协同处置", "特种玻璃", "装配式建筑材料"]),
    "采矿": (["JT02-B", "QY10", "YJ02"], ["露天矿边坡稳定", "智能化采选", "尾矿综合利用"]),
    "纺织服装": (["QY05", "QY06", "YJ04"], ["棉纺智能制造", "功能性面料", "服装数字化设计"]),
    "信息产业": (["DX01-XX", "QY01", "QY02"], ["工业互联网平台", "数据安全", "智能制造软件"]),
    "装备制造": (["DX01-JX", "JT03", "JT03-A", "JT03-B"], ["大型风电机组", "农牧机械", "油气装备可靠性"]),
    "新能源新材料": (["JT04", "JT04-A", "JT04-B", "YJ05", "QY17"], ["多晶硅提纯", "储能系统集成", "碳纤维复合材料"]),
    "轻工": (["YJ04", "QY07"], ["乳制品加工", "果蔬精深加工", "食品包装"]),
    "园区管理": (["QY11", "QY12", "YJ08"], ["园区循环化改造", "产业规划", "招商与营商环境"]),
    "无线电": (["YJ06", "QY15", "DX01-XX"], ["频谱监测", "卫星通信干扰协调", "专用无线网络"]),
    "节能环保": (["YJ05", "QY13", "QY14"], ["工业节能诊断", "废水零排放", "固废资源化"]),
    "生物医药": (["YJ07", "QY08", "DX02-SM"], ["民族药现代化", "发酵工程", "药品质量研究"]),
    "民爆": (["QY09", "QY10"], ["乳化炸药生产安全", "爆破工程设计", "民爆物品储运"]),
    "法律法规": (["LS01", "DX02-FX", "YJ08"], ["工业和信息化行政法", "知识产权", "合同与采购"]),
    "综合经济": (["DX02-JG", "LS02", "YJ08"], ["产业政策评估", "财政资金绩效", "项目财务审计"]),
}


@dataclass(frozen=True)
class Person:
    """One synthetic expert; dates are Beijing dates, ``title_level`` as in experts.models.TitleLevel."""

    name: str
    sex: str
    birth_date: date
    id_number: str
    phone: str
    field: str
    second_field: str
    employer: str
    former_employer: str
    position: str
    title: str
    title_level: int
    licence: str
    years: int
    research_area: str
    school: str
    degree: str
    city: str


def id_number(region: str, birth: date, serial: int) -> str:
    """An ID number with a right check digit; ``serial`` is odd for a man. The regions' last two digits are 00, which no county has."""
    first = f"{region}00{birth:%Y%m%d}{serial:03d}"
    return first + check_digit(first)


def names(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Names without end, each with a sex; about one in forty long."""
    seen: set[str] = set()
    while True:
        sex = rng.choice(["male", "male", "female"])
        if rng.random() < 0.025:
            name = rng.choice(MINORITY)
        else:
            start = rng.randrange(0, len(GIVEN) - 2, 2)
            name = rng.choice(SURNAMES) + (GIVEN[start : start + 2] if rng.random() < 0.8 else rng.choice(GIVEN))
        if name in seen:
            continue
        seen.add(name)
        yield name, sex


def people(count: int, *, seed: int = 2026, on: date = date(2026, 10, 1)) -> list[Person]:
    """``count`` people spread over the 17 directions, plausible in age and title on ``on``."""
    rng = random.Random(seed)  # a demonstration, no draw
    fields = list(WORKS)
    weights = [9, 7, 7, 5, 6, 5, 12, 11, 10, 5, 4, 4, 7, 7, 3, 6, 8]
    made: list[Person] = []
    for serial, (name, sex) in enumerate(names(rng)):
        if serial == count:
            return made
        field = fields[serial % len(fields)] if serial < 6 * len(fields) else rng.choices(fields, weights)[0]
        employers, areas = WORKS[field]
        age = min(69, max(33, round(rng.gauss(51, 8))))
        birth = on.replace(day=1) - timedelta(days=age * 365 + rng.randrange(40, 330))
        level = 4 if age > 46 and rng.random() < 0.5 else 3 if age > 36 and rng.random() < 0.9 else 2
        city, region = rng.choice(CITIES)
        company = employers[0][:2] in {"JT", "QY"}
        title = {4: "正高级工程师" if company else "教授", 3: "高级工程师" if company else "副教授", 2: "工程师"}[level]
        if field == "法律法规":
            title, licence = {4: "一级律师", 3: "二级律师", 2: "三级律师"}[level], "律师执业资格"
        elif field == "综合经济":
            title, licence = {4: "正高级会计师", 3: "高级会计师", 2: "会计师"}[level], rng.choice(["注册会计师", ""])
        else:
            licence = rng.choice(["", "", "", "注册咨询工程师（投资）", "注册安全工程师"])
        made.append(
            Person(
                name=name, sex=sex, birth_date=birth,
                id_number=id_number(region, birth, (serial * 2 + (sex == "male")) % 1000),
                phone=f"1{rng.choice(['38', '39', '59', '86', '99'])}{10000000 + serial * 7919 % 89999999:08d}",
                field=field, second_field=rng.choice(fields) if rng.random() < 0.22 else "",
                employer=rng.choice(employers), former_employer=rng.choice(rng.choice(list(WORKS.values()))[0]) if rng.random() < 0.4 else "",
                position=rng.choice(["研究员", "总工程师", "技术部部长", "实验室主任", "项目经理", "副院长", "教研室主任"]),
                title=title, title_level=level, licence=licence, years=max(5, age - rng.randrange(24, 32)),
                research_area=rng.choice(areas), school=rng.choice(SCHOOLS), degree=rng.choice(["本科/学士", "研究生/硕士", "研究生/博士"]), city=city,
            )
        )  # fmt: skip
    raise AssertionError("names() ends")
