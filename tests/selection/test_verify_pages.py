"""The addresses of the browser verifier: public, under the policy of every page, the one-file form only ever downloaded."""

import re

import pytest

from expertpool.addresses import address

pytestmark = pytest.mark.django_db


def test_anybody_opens_the_page_and_it_runs_under_the_usual_policy(client):
    answer = client.get(address("verify"))
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == client.get(address("front")).headers["Content-Security-Policy"]
    text = answer.content.decode()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.S)
    assert [(" src=" in attributes, body) for attributes, body in scripts] == [(True, "")] * len(scripts)
    assert ("<style" in text, " style=" in text, "unsafe" in answer.headers["Content-Security-Policy"]) == (False, False, False)


def test_the_one_file_form_is_a_download(client):
    answer = client.get(address("verify_file"))
    assert (answer.status_code, answer.headers["Content-Disposition"]) == (200, 'attachment; filename="verify_draw.html"')
    assert [client.post(address(name)).status_code for name in ("verify", "verify_file")] == [405, 405]


def test_the_front_page_leads_to_all_three(client, pool):
    text = client.get(address("front")).content.decode()
    assert [f'href="{address(name)}"' in text for name in ("verify", "verify_file", "verify_script")] == [True] * 3
