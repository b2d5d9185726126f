"""The paper beside the file: quotes and articles are held against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from expertpool.regulations import RegulationError, catalogue
from expertpool.regulations.loader import load, parse
from expertpool.regulations.schema.paper import Paper

EDITIONS = {one.code: one for one in catalogue.editions()}
XINJIANG = EDITIONS["xinjiang-2025"]
TEXT = """
某市专家库办法
第一条 为加强管理，制定本办法。
第二条　专家分为下列两类：
（一）技术类；
（二）管理类。其中：
1.企业管理；
2.财务金融。
第二条 重复的一条。
第十一条 专家库由办公室管理。
附表：1.申请表
附表１
申请表
一、基本信息
姓名
注：如实填写
"""


def test_articles_items_points_and_annexes_are_found_by_their_headings() -> None:
    paper = Paper.of(TEXT.encode())
    assert list(paper.sections) == ["1", "2", "2(1)", "2(2)", "2(2)1", "2(2)2", "2bis", "11", "附表1", "附表1一", "附表1注"]
    assert paper.sections["2(2)"] == "（二）管理类。其中：1.企业管理；2.财务金融。"


@pytest.mark.parametrize(
    ("article", "there"),
    [("2", True), ("2(2)b", True), ("2(2)2", True), ("2bis-a", True), ("2(1)end", True), ("附表1注", True), ("附表1", True)]
    + [("3", False), ("99", False), ("2(3)", False), ("2(2)3", False), ("2(1)1", False), ("附表2", False), ("三·第一章", False)],
)
def test_an_article_is_there_or_not(article: str, there: bool) -> None:
    assert Paper.of(TEXT.encode()).has(article) is there


@pytest.mark.parametrize(
    ("quote", "article", "said"),
    [
        ("专家分为\n 下列两类", "2", True),  # whitespace of any kind is nothing
        ("技术类", "2(1)", True),
        ("技术类", "2(2)", False),  # said, but elsewhere
        ("制定本办法。", "1", True),
        ("制定本办法.", "1", False),  # a full stop of another width is another sign
        ("专家库由办公室管理", "11", True),
    ],
)
def test_a_quote_stands_in_its_article_word_for_word(quote: str, article: str, said: bool) -> None:
    assert Paper.of(TEXT.encode()).says(quote, article) is said


def test_marks_of_a_word_processor_and_of_the_encoding_are_no_words() -> None:
    paper = Paper.of("\ufeff[bookmark: OLE_1]第一条 本办法[bookmark: x]自发布之日起执行。".encode())
    assert paper.says("本办法自发布之日起执行", "1")


def test_what_is_not_cited() -> None:
    paper = Paper.of(TEXT.encode())
    # An article is named by its items, an annex is cited as a whole.
    assert paper.uncited(["1", "2", "2(2)1b", "附表1"]) == ("2(1)", "2(2)2", "2bis", "11")


@pytest.mark.parametrize("code", EDITIONS)
def test_every_built_in_edition_stands_beside_its_paper(code: str) -> None:
    assert len(EDITIONS[code].paper_hash) == 64
    assert EDITIONS[code].paper_note == ""


@pytest.mark.parametrize("code", EDITIONS)
def test_the_papers_articles_are_all_cited(code: str) -> None:
    # The explanation of the draft lists what it rests on, and its first chapter gives no rule.
    open_ = {"guangxi-draft": ("二(1)", "二(2)", "二(3)", "二(4)", "二(5)", "三·第一章")}
    assert EDITIONS[code].uncited() == open_.get(code, ())


def changed(old: str, new: str) -> bytes:
    source = XINJIANG.source.decode()
    assert source.count(old) == 1, old
    return source.replace(old, new).encode()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            changed('quote = "年满70周岁"', 'quote = "年满80周岁"'),
            "办法.toml：exits.grounds[10].quote：原文第七条第（九）项中没有这句话：“年满80周岁”",
        ),
        (
            changed('[rotation.annual_cap]\narticle = "14"', '[rotation.annual_cap]\narticle = "99"'),
            "办法.toml：rotation.annual_cap.article：原文中没有这一条：第九十九条（99）",
        ),
        (
            changed('summary_article = "附表2二b"', 'summary_article = "附表4二b"'),
            "办法.toml：request.summary_article：原文中没有这一条：附表4二（附表4二b）",
        ),
        (
            changed('id = "A10"\narticle = "13(4)a"', 'id = "A10"\narticle = "13(7)a"'),
            "办法.toml：readings[10].article：原文中没有这一条：第十三条第（七）项（13(7)a）",
        ),
    ],
)
def test_what_the_paper_does_not_say_is_refused_with_file_key_and_reason(source: bytes, message: str) -> None:
    assert XINJIANG.paper is not None
    parse(source, Path("办法.toml"))  # without the paper it loads
    with pytest.raises(RegulationError) as caught:
        parse(source, Path("办法.toml"), XINJIANG.paper.source)
    assert str(caught.value) == message


def test_a_paper_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "2025-04-21.toml"
    path.write_bytes(XINJIANG.source)
    path.with_suffix(".txt").write_bytes("第一条".encode("gbk"))
    with pytest.raises(RegulationError) as caught:
        load(path)
    assert str(caught.value) == "2025-04-21.toml：原文 2025-04-21.txt 不是 UTF-8 文本"


def test_the_paper_does_not_change_the_editions_identity(tmp_path: Path) -> None:
    path = tmp_path / "2025-04-21.toml"
    path.write_bytes(XINJIANG.source)
    alone = load(path)
    assert (alone.file_hash, alone.paper_hash, alone.paper_note) == (XINJIANG.file_hash, "", "原文未附，引文未核对")
