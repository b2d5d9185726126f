"""The draw, watched live and checked afterwards."""

import subprocess
import sys
import zipfile

from demo.case import SHARE
from selection.models import Attempt, Invitation
from tests.browser.steps.case import POOL


def draw(house, request, tmp_path):
    """Refused without an inspector; frozen, shared, drawn; what happens appears by itself; anybody can verify it."""
    house.at(10, 15)
    address = f"{POOL}/requests/{request.pk}/draw/"
    office = house.person("office")
    office.open(address)
    office.reads("尚未到场，不能开始抽取")
    office.see("draw-without-inspector")
    assert office.control("冻结名单", "main form").count() == 0
    inspector = house.person("inspector", phone=True)
    inspector.open(f"{POOL}/requests/{request.pk}/")
    inspector.press("到抽取监督页")
    inspector.press("到场监督", twice=True)
    inspector.see("draw-inspector-joined")
    office.open(address)
    office.see("draw-ready")
    office.press("冻结名单", within="main form", twice=True)
    attempt = Attempt.objects.get()
    office.see("draw-frozen")

    # The inspector touches nothing: the page finds out.
    inspector.page.get_by_text("输入监督份额", exact=True).wait_for()
    inspector.see("draw-inspector-frozen")
    house.at(10, 15, 9, 6)
    inspector.fill(share=SHARE[:19], took_manifest=True)
    inspector.press("提交监督份额，抽出名单")
    inspector.see("draw-share-too-short")
    assert inspector.page.locator("#id_share").input_value() == SHARE[:19]
    inspector.fill(share=SHARE, took_manifest=True)
    inspector.press("提交监督份额，抽出名单", twice=True)
    inspector.reads("已经抽出")
    inspector.see("draw-inspector-drawn")
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.DRAWN
    first = attempt.candidates.select_related("membership").order_by("field", "position")[0].membership
    inspector.reads(first.number)
    inspector.never_reads(first.expert.name)

    office.page.locator("#contacts").wait_for()
    office.reads(first.number)
    office.see("draw-drawn")
    with inspector.page.expect_download() as bundle:
        inspector.control(f"下载卷宗 {attempt.draw.number}.zip").click()
    with inspector.page.expect_download() as verifier:
        inspector.control("下载核验程序 verify_draw.py").click()
    path, script = tmp_path / "bundle.zip", tmp_path / "verify_draw.py"
    bundle.value.save_as(path)
    verifier.value.save_as(script)
    command = [sys.executable, str(script), str(path), "--expect-manifest", attempt.manifest_hash]
    passed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert passed.returncode == 0, passed.stdout
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    result = next((tmp_path / "unpacked").rglob("result.txt"))
    data = result.read_bytes()
    result.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    folder = result.parent.parent
    assert subprocess.run([sys.executable, str(script), str(folder)], capture_output=True, check=False, cwd=tmp_path).returncode == 1

    record = house.person("inspector", phone=True)
    record.open(f"{address}0/1/record/")
    record.see("draw-record-print")
    record.leave()

    # A result that the office causes appears on the inspector's page, which is the same page as before.
    inspector.page.evaluate("window.untouched = true")
    before = inspector.page.locator(".live li").count()
    office.press("按顺序发出邀请", twice=True)
    office.reads(f"已按抽取顺序发出{Invitation.objects.count()}份邀请")
    inspector.page.wait_for_function("(before) => document.querySelectorAll('.live li').length > before", arg=before)
    assert inspector.page.evaluate("window.untouched") is True
    inspector.see("draw-inspector-inviting")
    office.see("contacts")
    inspector.leave()
    office.leave()
    house.sweep()
