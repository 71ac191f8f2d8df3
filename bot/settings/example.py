"""The dibs.toml that `dibs init` writes: it works as it stands, and shows every key that there is.

What is switched off stands behind a ``#`` without a space, prose behind one with a space; the tests read it so, and
fail when a key is missing here. Each kind of source says itself what its tables look like
(``bot.sources.kinds.*.about``); what all of them have stands below the first.
"""

import re

from bot.sources.registry import KINDS, about

# The one that works as it stands: it wants no account, and the network is public.
_FIRST = "hacker_news"

_HEAD = """\
# Dibs. Every key that there is stands here; those behind a "#" show what they would look like.
#
# Secrets never stand in this file. They come from the environment: SLACK_BOT_TOKEN (xoxb-…), and either
# SLACK_APP_TOKEN (xapp-…, Socket Mode) or SLACK_SIGNING_SECRET (HTTP); for Teams TEAMS_APP_ID, TEAMS_APP_PASSWORD and
# TEAMS_TENANT_ID; the secrets of sources as noted below. Each may also be named with _FILE behind it
# (SLACK_BOT_TOKEN_FILE=/run/secrets/slack_bot_token). "dibs check" looks over everything and says how to mend what it
# finds.

[organisation]
name = "Acme"
timezone = "UTC"                        # such as "Europe/Berlin"
#fallback = "support"                   # the department of what no topic recognises; else the first one below
#admins = ["ana@acme.example"]          # told by direct message, once per trouble and once when it is over
#guests = false                         # may guests of your workspace act?
#customers = "customers.csv"            # beside this file; for each of their public handles: source,handle,label
#principles = ["We answer as people, by our own names.", "We never argue."]    # stand above every reply that is written

#[slack]
#posts_per_second = 1                   # a channel; 0 = as fast as the answers come

#[slack.emoji]                          # the reactions that mean claim, resolve and dismiss
#claim = "raised_hands"                 # else "eyes"; any of the names that Slack has for it, or the emoji itself

#[teams.emoji]                          # the same in Microsoft Teams, by the names that Teams has for them
#claim = "1f64c_raisinghands"           # else "1f440_eyes"; "like" and the emoji itself will do too

#[desk]
#idle = "7d"                            # a session that was not used for so long ends; all end after 14 days
#proxy_header = "X-Forwarded-Email"     # a proxy that signs people in says here who they are (both keys or neither)
#proxies = ["127.0.0.1/32"]             # from where alone that is believed: the address of the connection itself

# When departments are there. Without a calendar a department is there around the clock.
# Each day has periods; "22:00-06:00" ends on the next day, and 24:00 is an end. A listed date has its own hours alone.
# `dibs hours DEPARTMENT` shows what follows; `dibs hours holidays DE-BE 2027` prints lines for the dates.

#[calendars.berlin]
#timezone = "Europe/Berlin"             # else that of the organisation
#week = { mon-thu = ["09:00-12:30", "13:30-18:00"], fri = ["09:00-15:00"] }
#dates = { 2026-12-24 = ["09:00-12:00"], 2026-12-25 = [] }    # [] = closed

# Departments own mentions. Their keys (support, finance) are identities: renaming one makes a new one.

[departments.support]
name = "Customer support"
#slack = "#support-social"              # name or id of its channel; the desk needs none
#teams = "19:0123abcd@thread.tacv2"     # id or link of a channel in Microsoft Teams ("Copy link" in its menu)
#timezone = "America/New_York"          # else that of the organisation
#calendar = "berlin"                    # one of the calendars above: when it is there
#quiet = "20:00-08:00"                  # no direct message of a clock then, in each person's own zone; false = none
#digest = "mon-fri 09:00"               # the default; "09:00" = every day; false = none
#card_above = 0                         # what has no more points than this is held back; absent = all have cards
#storms = true                          # the default: many posts on one topic at once are folded under one card
#headcount = 40                         # how many people it has, for the rates in reports; else those whom Dibs knows
#public_threads = true                  # the default: what is said in one public thread stands on one card
#members = ["@support-team", "*@support.acme.example", "ana@acme.example"]    # Slack user group, e-mail pattern, e-mail

[departments.finance]
name = "Finance"
#slack = "#finance-care"

# What it promises: the time of its opening hours within which a mention is claimed, answered, and done with.
# h and m only; { within = "24h", count = "calendar" } is real time: what is due while the department is closed is told
# when it opens, unless quiet = false. Without a table nothing is promised.

#[departments.finance.targets]
#claim = "1h"
#first_reply = "4h"
#next_reply = "8h"                      # since its author wrote after a reply of ours
#resolution = "40h"                     # but for the time in which it is the author's turn
#warn = "75%"                           # of that time; "100%" warns of nothing

#[departments.finance.targets.high]     # what it promises customers, and what somebody judged: risk, or cancel
#first_reply = "1h"                     # what is not named here is as above

# By which words it is supposed what may come of a mention, and who its author is. A kind that is not named keeps the
# words that Dibs comes with, which are English; [] supposes it never. A person decides, by judge.

#[departments.finance.words]
#risk = ["lawyer*", "lawsuit*", "data breach"]
#cancel = ["cancel my", "switching to"]
#service = ["not working", "broken"]
#purchase = ["looking to buy", "pricing"]
#unhappy = ["disappointed", "worst"]
#happy = ["thank you", "well done"]
#misguided = []                         # for these three there are no words by default
#rager = []
#troll = []

# How long a claim holds unless its owner does something with it: after the first time they are asked whether they are
# still on it, and after the second it goes back to its department. Without a table a claim holds.

#[departments.finance.lease]
#ask = "4h"
#return = "1h"

# Who is told of what nobody has, one after the other, each after so much of the time for which nobody has it.

#[[departments.finance.ladder]]
#after = "30m"
#tell = "channel"
#[[departments.finance.ladder]]
#after = "1h"
#tell = "@finance"                      # a user group of Slack; "ana@acme.example"; "department:support"

# Topics recognise mentions, in order: the first that matches decides, and the card names the others.
# "word", "two words" = phrase, "pre*", "#tag", "@handle", "site:example.com", "lang:de".
# A topic wants any of any, all of all and none of none, in title, text and links; or it has a query, whose language
# stands in docs/leads.md.

[[topics]]
name = "billing"
any = ["refund", "invoice", "charged twice"]
#all = ["acme"]
#none = ["acme anvil"]
department = "finance"
#product = "Acme Pay"                   # what of yours it is about, beside who takes care of it

#[[topics]]
#name = "charged twice"
#query = 'acme (refund* OR "charged twice") -jobs'    # in the place of any, all and none; also title:, author:, type: …
#department = "finance"

# A charter says what a source is for, who may publish there, and whether a second person reads first. This one is for
# all sources; [sources.charter] below one says what is different there. Without any, the department that owns the
# mention publishes, and a second person reads.

#[charter]
#owner = "support"                      # who keeps it: a department or an e-mail address
#purpose = "Help whom we can help, and say so when we cannot"
#voice = "A person speaks: short, plain, no jokes about the trouble of others"
#stance = "reactive"                    # reactive (we answer) | proactive (we speak first too)
#publish = ["support", "ana@acme.example"]    # departments and people, or "anyone"; else the owning department
#review = "second person"               # "none", "second person", or a department that reads first
#review_when = { words = ["lawyer", "data breach"], first = 3, high = true }    # only then; without it, always
#own_review = false                     # may somebody approve what they wrote themselves?
#disclosure = "I work for Acme"         # what every reply holds
#signature = "{name}, {department}"     # what is put under every reply
#blocked = ["guarantee*", "legal advice"]     # what no reply holds, written as topics write it
#binding = ["disclosure", "secrets"]    # checks that block: person, question, boilerplate, disclosure, secrets, links
#saved = { "thanks" = "Hello {author}, thank you! {name} from {organisation}" }    # texts to begin with

#[reports]
#people = "self"                        # "none": not even one's own; nobody ever sees figures of somebody else
#least_people = 5                       # from so many acting people on a department has figures; 5 is the least
#slack = "C0123456789"                  # where the week before is told, by its id; or teams = "19:…@thread.tacv2"
#weekly = "mon 09:30"                   # when it is told there, and in the homes of departments; false = never

# What answers may have saved, net of the work. It is told where all but the last two keys are here; none has a default.

#[reports.value]
#currency = "EUR"
#contact = 6.50                         # what a contact with your service costs
#hour = 45                              # what an hour of a colleague costs
#would_have = [0.10, 0.25, 0.50]        # which part of the authors would have called: low, likely, high
#source = "Survey of 120 authors, May 2026"    # by what survey of your own; stands beside the figure
#topics = ["billing"]                   # of these alone; else of all that arrives
#minutes = { claimed = 1, drafted = 4, approved = 2 }    # how long it takes, by action of the log

#[suggest]
#departments = true                     # cards name a department that is likelier, once that has proved right; or false

# What many people say is told once a week; without the table it stands on the desk alone.

#[voice]
#department = "support"                 # hears of what nobody named yet, too; else the fallback
#when = "mon 10:00"                     # in the homes of departments, where the organisation is

# For how many days what is done with or kept back stays; without a table all stays until it is forgotten.

#[retention]
#days = 730                             # of all sources, from 7 days up; what waits for somebody stays, however old
#sources = { "blog-search" = 365 }      # of some; false = until it is forgotten

# Sources are the places where posts come from. The first look at a new one makes no cards, unless backfill says so.

"""

_COMMON = """\
#every = "60s"                          # 1 s and up: "60s", "5m", "1h"
#backfill = false                       # true = all, or a number = the newest N
#unmatched = "fallback"                 # "drop" = only what a topic recognises
#own_accounts = ["acme"]                # your own accounts there, which are never mentions

#[sources.charter]                      # of the source above; what it leaves unsaid is as in [charter]
#purpose = "Correct what is wrong, once, and never argue"
#review = "none"

"""

_ACCOUNTS = """\
# What is published on from here has an account of yours. Its secrets come from the environment; the name of the source
# stands in theirs.

"""

_HOOKS = """\
# A webhook calls POST /hooks/<name>. Its secret: DIBS_HOOK_OCTOLENS_SECRET.

"""


def example() -> str:
    """Return the whole file."""
    (first,) = about(_FIRST).examples
    plain, accounts, hooks = _off(hook=False, secrets=False), _off(hook=False, secrets=True), _off(hook=True)
    sources = [f"[[sources]]\n{first}{_COMMON}", *plain, _ACCOUNTS, *accounts, _HOOKS, *hooks]
    return _HEAD + "".join(sources).rstrip("\n") + "\n"


def _off(*, hook: bool, secrets: bool = True) -> list[str]:
    """Return the tables of some kinds, switched off."""
    kinds = [kind for kind, entry in KINDS.items() if entry.hook == hook and bool(entry.secrets) == secrets]
    tables = [table for kind in kinds if kind != _FIRST for table in about(kind).examples]
    return ["#[[sources]]\n" + re.sub(r"(?m)^(?=[a-z])", "#", table) + "\n" for table in tables]
