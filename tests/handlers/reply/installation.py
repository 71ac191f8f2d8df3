"""A house that replies: a scene whose source has a charter, and the steps of a reply as one-liners."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from handlers.base.cards import Form, Preview, Section
from handlers.base.charter import Charter, ReplyRules
from handlers.base.command import Answer, Asking, ByToken, Who
from handlers.base.errors import BotError
from handlers.base.forms import draw_form
from handlers.base.organisation import DepartmentConfig, SourceRules
from handlers.people.accounts import sync_members
from handlers.reply.draft import DraftReply
from handlers.reply.publish import PublishDraft
from handlers.reply.review import ReviewDraft
from handlers.reply.withdraw import WithdrawDraft
from handlers.verbs import BY_NAME
from storage.own import mentions
from storage.own.mentions import MentionRow
from storage.people import people
from storage.reply import drafts, publications
from storage.reply.drafts import DraftRow
from storage.reply.publications import PublicationRow
from storage.tables.base import table_of
from storage.tables.replies import Draft
from tests.harness.installation import Installation
from tests.harness.scene import ORGANISATION

TEXT = "I am sorry about your refund. I sent it again today. Ana"
BY_API = ReplyRules(by_api=True, limit=300, unit="graphemes")
LEGAL = DepartmentConfig(
    key="legal",
    name="Legal",
    timezone="UTC",
    homes={"slack": "C-LEGAL"},
    home_names={"slack": "#legal"},
    members=("lea@acme.example",),
)
_draft = table_of(Draft)


@dataclass
class RepliesInstallation(Installation):
    """A scene in which people reply."""

    def charter(self, reply: ReplyRules = BY_API, **values: Any) -> None:
        """Give the source a charter, and let everybody be where dibs.toml says."""
        rules = SourceRules(
            name="blog", kind="feed", baseline=False, charter=Charter(written=True, **values), reply=reply
        )
        self.scene.organisation = replace(
            ORGANISATION, departments=(*ORGANISATION.departments, LEGAL), sources=(rules,)
        )
        self.scene.__post_init__()

    def hire(self, name: str) -> Who:
        """Make somebody known by the address that their department names."""
        who = self.scene.person(name, f"{name.lower()}@acme.example")
        self.scene.database.write(lambda session: sync_members(session, self.scene.organisation, {}))
        return who

    def person_id(self, who: Who) -> int:
        """Return the person behind an account."""

        def look(session: Session) -> int:
            found = people.known(session, who.platform, who.workspace, who.external_id)
            assert found is not None
            return found.id

        return self.scene.database.read(look)

    # --- steps ---

    def draft(self, who: Who, mention: MentionRow, text: str = TEXT, then: str = "keep", **fields: Any) -> Answer:
        """Keep a draft."""
        return self.scene.do(DraftReply(who=who, reference=ByToken(mention.token), text=text, then=then, **fields))

    def review(self, who: Who, read: DraftRow, /, verdict: str = "approve", **fields: Any) -> Answer:
        """Judge a draft in the version that was ``read``."""
        values: dict[str, Any] = {"draft": f"{read.token}.{read.version}", **fields}
        return self.scene.do(ReviewDraft(who=who, reference=self.named(read), verdict=verdict, **values))

    def publish(self, who: Who, mention: MentionRow, draft: str = "") -> Answer:
        """Press Publish on the card."""
        return self.scene.do(PublishDraft(who=who, reference=ByToken(mention.token), draft=draft))

    def withdraw(self, who: Who, mention: MentionRow, draft: str = "") -> Answer:
        """Take a draft back."""
        return self.scene.do(WithdrawDraft(who=who, reference=ByToken(mention.token), draft=draft))

    # --- what is so ---

    def named(self, draft: DraftRow) -> ByToken:
        """Return the mention of a draft."""
        return ByToken(self.scene.database.read(lambda session: mentions.get(session, draft.mention_id)).token)

    def drafts(self, mention: MentionRow) -> list[DraftRow]:
        """Return every draft of a mention, living or not, oldest first."""
        query = select(_draft).where(_draft.c.mention_id == mention.id).order_by(_draft.c.id)
        return self.scene.database.read(lambda session: [DraftRow(*row) for row in session.connection().execute(query)])

    def only(self, mention: MentionRow) -> DraftRow:
        """Return the one draft of a mention."""
        (draft,) = self.drafts(mention)
        return draft

    def states(self, mention: MentionRow) -> list[str]:
        """Return the states of all drafts of a mention, oldest first."""
        return [one.state for one in self.drafts(mention)]

    def of(self, who: Who, mention: MentionRow) -> DraftRow:
        """Return the living draft of a person."""
        person_id = self.person_id(who)
        found = self.scene.database.read(lambda session: drafts.own(session, mention.id, person_id))
        assert found is not None
        return found

    def on_its_way(self, mention: MentionRow) -> PublicationRow | None:
        """Return the publication of a mention that is in flight."""
        return self.scene.database.read(lambda session: publications.in_flight(session, mention.id))

    def form(self, verb: str, who: Who, mention: MentionRow, **given: str) -> Form | str:
        """Open the form of a verb, with what was typed so far; a refusal is its sentence."""
        person_id = self.person_id(who)

        def draw(session: Session) -> Form | str:
            asking = Asking(
                session=session,
                organisation=self.scene.organisation,
                now=self.scene.now,
                found=self.scene.look(mention),
                person_id=person_id,
                given=given,
            )
            try:
                return draw_form(BY_NAME[verb], asking)
            except BotError as error:
                return error.sentence

        return self.scene.database.read(draw)

    def shown(self, verb: str, who: Who, mention: MentionRow, **given: str) -> Form:
        """Open the form of a verb, which opens."""
        form = self.form(verb, who, mention, **given)
        assert isinstance(form, Form), form
        return form


def beside(form: Form) -> dict[str, list[str]]:
    """Return what stands beside the fields, by title."""
    return {one.title: [line.text for line in one.lines] for one in (*form.beside, *form.preview)}


def preview(section: Section) -> Preview:
    """Return the reply that a section shows as it will stand there."""
    assert section.preview is not None
    return section.preview


def choices(form: Form, name: str) -> list[str]:
    """Return what may be chosen in a field."""
    return [one.value for one in next(field for field in form.fields if field.name == name).choices]


def initial(form: Form, name: str) -> str:
    """Return what stands in a field at first."""
    return next(field for field in form.fields if field.name == name).initial
