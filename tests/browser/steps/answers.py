"""The invitations and their answers, until every seat is taken."""

import re
from datetime import timedelta

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.messaging.models import Message
from selection.models import DrawRequest, Invitation, Participation
from tests.browser.steps.case import POOL, TITLE


def link(invitation):
    """The address in the message that the expert got."""
    message = Message.objects.filter(about=f"invitation:{invitation.pk}").order_by("pk")[0]
    assert message.state == Message.State.SENT
    return re.search(r"/r/[\w-]+/", message.body)[0]


def still_open(request):
    rows = Invitation.objects.open().filter(candidate__attempt__draw__request=request)
    return rows.select_related("candidate__membership__expert").order_by("pk")


def answer(house, invitation, what, name=""):
    """One expert at his phone opens the link and answers."""
    expert = house.person(phone=True)
    digits = invitation.candidate.membership.expert.phone[-4:]
    expert.open(link(invitation))
    if what == "accept" and name:
        expert.see("reply")
        expert.press("提交答复")
        expert.see("reply-nothing-chosen")
        expert.fill(answer="accept", declares_no_conflict=True, phone_last4=f"{(int(digits) + 1) % 10000:04d}")
        expert.press("提交答复")
        expert.see("reply-wrong-digits")
    if what == "accept":
        expert.fill(answer="accept", declares_no_conflict=True, phone_last4=digits)
    elif what == "decline" or what == "withdraw":
        expert.fill(answer="decline", decline_reason="TIME", phone_last4=digits)
    else:
        expert.fill(answer="recuse", recusal_ground="RECUSE-INTEREST", reason_text="曾为申报单位提供有偿咨询", phone_last4=digits)
    expert.press("提交退出或回避" if what == "withdraw" else "提交答复", twice=True)
    if name:
        expert.see(name)
    expert.leave()


def contact(house, request):
    """Every kind of answer, a lapse, standbys; one withdraws and a standby steps up."""
    house.at(10, 15, 9, 30)
    # The demonstration's expert account belongs to the first who is invited.
    first = still_open(request)[0]
    person = first.candidate.membership.expert
    person.user = User.objects.get(username="expert")
    person.user.name = person.name
    person.user.save()
    person.save()
    signed_in = house.person("expert", phone=True)
    signed_in.see("expert-home")
    signed_in.press("我的邀请", within="nav")
    signed_in.see("expert-invitations")
    signed_in.press(TITLE)
    signed_in.fill(answer="accept", declares_no_conflict=True)
    signed_in.see("expert-invitation")
    signed_in.press("提交答复", twice=True)
    signed_in.reads("您已接受邀请")
    signed_in.leave()

    moment = clock.now()
    plan = [("accept", "reply-accepted"), ("decline", "reply-declined"), ("recuse", "reply-recused"), ("silent", "")]
    silent = None
    for turn in range(40):
        moment += timedelta(minutes=7)
        house.at_moment(moment)
        house.sweep()
        waiting = still_open(request).exclude(pk=silent.pk if silent else None).first()
        if waiting is None:
            break
        what, name = plan[turn] if turn < len(plan) else ("accept", "")
        if what == "silent":
            silent = waiting
            token = link(waiting)
        else:
            answer(house, waiting, what, name)
        if turn == len(plan):
            office = house.person("office")
            office.open(f"{POOL}/requests/{request.pk}/draw/")
            office.press("显示电话（留痕）")
            office.see("contacts-phone-shown")
            office.leave()
    house.at_moment(silent.deadline + timedelta(minutes=1))
    late = house.person(phone=True)
    late.open(token)
    late.reads("回复期限已过")
    late.see("reply-too-late")
    late.leave()
    house.sweep()
    silent.refresh_from_db()
    assert silent.state == Invitation.State.NO_REPLY
    for _turn in range(40):
        waiting = still_open(request).first()
        if waiting is None:
            break
        house.at_moment(clock.now() + timedelta(minutes=5))
        house.sweep()
        answer(house, waiting, "accept")
    request.refresh_from_db()
    assert request.state == DrawRequest.State.CONFIRMED

    department = house.person("department")
    department.open(f"{POOL}/requests/{request.pk}/draw/")
    seated = Participation.objects.filter(request=request, state="standing", seated=True).select_related("membership__expert")
    standbys = Participation.objects.filter(request=request, state="standing", seated=False)
    assert (seated.count(), standbys.count() > 0) == (request.total, True)
    department.never_reads(*(one.membership.expert.name for one in seated))
    department.see("draw-department-confirmed")
    department.leave()

    # Somebody whose field has a standby takes his word back.
    field = standbys[0].candidate.field
    leaving = next(one for one in seated if one.candidate.field == field and one.membership.expert_id != person.pk)
    waiting_standby = standbys.filter(candidate__field=field).order_by("candidate__position").first()
    house.sweep()
    answer(house, Invitation.objects.get(candidate=leaving.candidate), "withdraw", "reply-withdrawn")
    waiting_standby.refresh_from_db()
    assert waiting_standby.seated is True
    for viewer in ("office", "inspector"):
        someone = house.person(viewer, phone=viewer == "inspector")
        someone.open(f"{POOL}/requests/{request.pk}/draw/")
        someone.reads(waiting_standby.membership.expert.name)
        someone.see(f"draw-{viewer}-confirmed")
        someone.leave()
