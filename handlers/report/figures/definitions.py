"""Definitions: what each figure means, in the words that stand under it wherever it is shown."""

from collections.abc import Mapping

DEFINITIONS: Mapping[str, str] = {
    "arrived": "Mentions that arrived in the period. All that is said of them is as of now, not of the period’s end.",
    "arrived_on": "Mentions by the day on which they arrived; in a quarter or a year by the week, from its Monday on.",
    "answered_on": "Of those, what is answered by now, on whatever day that was.",
    "heard": "What arrived, and the posts that no topic recognised and that were dropped.",
    "coverage": "Of the mentions that arrived and wanted an answer, those that got one. What was dismissed unanswered "
    "wanted none; what was answered and then dismissed did. In brackets, between what the share lies with 95 %.",
    "dismissed": "Mentions that stand dismissed and were never answered: in no rate and no time.",
    "resolved_silent": "Mentions that stand resolved without a reply that we know of.",
    "open": "Mentions of the period that are neither answered nor closed.",
    "acted": "Mentions of the period with which a person did anything.",
    "waiting": "Mentions of any time that are neither answered nor closed, now.",
    "claim": "From arrival, or for a department from when it came to it, until somebody first had it: claimed, was "
    "given or took over, or had their reply sent. Half means half of all that were waited for: what still waits is "
    "later than everything. A department is waited for while it lies there unclaimed.",
    "passed_on": "What a department passed on before anybody there had claimed it.",
    "reply": "From arrival, or for a department from when it came to it, until the first reply. For a department it is "
    "counted where it was answered, else where it lies. What still waits is later than everything.",
    "resolution": "From arrival until it was resolved last, of what stands resolved now. All else is later.",
    "claim_business": "The same in opening hours of the department that had it, by the clock of what it promises: from "
    "arrival, or from when it came to the department where it lies now, or was put back, until somebody had it. What "
    "was closed without it is not counted, and nothing without a promise is.",
    "reply_business": "From arrival until the first reply, in opening hours of the departments in which it lay, by the "
    "clock of what they promise; for a department, of what lies there now. What was closed unanswered is not counted.",
    "resolution_business": "From arrival until it was resolved, in opening hours, less the time in which its author "
    "was awaited, by the clock of what is promised; for a department, of what lies there now.",
    "claim_in_time": "Of the promised claims that came or are late by now, those that came in time.",
    "reply_in_time": "Of the promised first replies that came or are late by now, those that came in time.",
    "resolution_in_time": "Of the promised resolutions that came or are late by now, those that came in time.",
    "people_acted": "Different people who did anything with a mention, each once.",
    "people_owned": "Different people who claimed something or took it over; being given something is not that.",
    "people_spoke": "Different people whose reply went out.",
    "rate_acted": "Different people who acted, of all that the department, or the company, has: by headcount in "
    "dibs.toml where it says so, of the company where it does for all; else of the active people whom Dibs knows "
    "as members.",
    "rate_spoke": "The same, of people whose reply went out.",
    "first_time": "People whose first reply ever went out in the period.",
    "breadth_replies": "How broadly replies are spread: as broad as so many departments that reply equally often "
    "(1 / Σs² over the shares s). Small departments count as one, and so do people without one who are told with them; "
    "what else nobody’s department sent, and what was posted by hand, is in no share.",
    "breadth_claims": "How broadly claims and take-overs are spread, as for replies.",
    "breadth_time": "How broadly the time is spread in which mentions are in somebody’s hands: from when they have it "
    "until they answer, put it back, pass it on, snooze or close it. While we wait for its author it is in nobody’s.",
    "replies": "Replies that went out in the period, by the department for which they were drafted.",
    "said": "Replies that went out in the period, with those that somebody posted by hand.",
    "by_hand": "Replies that our accounts posted by hand and a source showed: answered, but by nobody that we know of.",
    "claims": "Claims and take-overs in the period, by the department for which people acted.",
    "came": "Mentions of the period that came to the department, at arrival or from another one, each time.",
    "held": "The department’s share of the time in which mentions are in somebody’s hands.",
    "helped": "Claims, take-overs and replies in the period with what lay at another department.",
    "handed_off": "How often people passed something from one department to another in the period.",
    "handed_on": "Mentions of the period that went to another department, by people or by a change of dibs.toml.",
    "hops": "How often mentions of the period went to another department.",
    "bounced": "Mentions of the period that came back to a department that they had left.",
    "taken_over": "Take-overs in the period.",
    "released": "How often something was put back in the period.",
    "released_unworked": "How often something was put back without a draft or a reply: claiming and putting back makes "
    "the time to a claim look better than it is.",
    "returned": "How often a claim ran out unconfirmed in the period, and the mention went back.",
    "review_approved": "Of the verdicts on drafts in the period, those that approved.",
    "review": "From when a draft’s writer asked last until the verdict.",
    "answered": "Mentions of the period that were answered.",
    "talked_back": "Answered mentions whose author wrote again after our first reply.",
    "exchanges": "Replies of ours, and what authors wrote after the first, on answered mentions.",
    "asked": "Replies to posts that named an account of ours, as far as dibs.toml says how we are called.",
    "unasked": "Replies to posts that did not name us.",
    "engagement": "Replies, of all that our accounts said. Posts of ours are counted as far as our sources show them.",
    "charters": "Sources that have a charter of their own in dibs.toml and somebody who keeps it, today.",
    "chartered": "Mentions of the period at sources with a charter and an owner, by dibs.toml of today.",
    "chartered_share": "The share of the period’s mentions that arrived at those.",
    "chartered_replies": "Replies that went out in the period at sources with a charter and an owner, by dibs.toml of "
    "today, with those posted by hand.",
    "chartered_replies_share": "The share of the period’s replies that went out at those.",
    "refused": "How often in the period somebody wanted to publish a reply, and was not let.",
    "map": "Replies by source and department. Two sources whose columns are alike may play one role.",
    "ending": "How mentions of the period that stand resolved ended for their author, where somebody said so.",
    "fairness": "The share answered by an author’s tier. A difference is one only where its 95 % interval is all above "
    "zero, and only tiers with 20 mentions or more are compared.",
    "contacts": "Mentions of the period that were answered and stand resolved, and whose author wrote nothing after "
    "our last word; where [reports.value] names topics, of these alone.",
    "work": "What people did for all mentions of these topics that arrived in the period, by the minutes that "
    "[reports.value] gives each, times what an hour costs; n is how often. How long somebody had a mention is no work.",
    "value": "What ended well, times the part of authors who would have called (low, likely, high, by the survey that "
    "is named), times what a contact costs, less the work: one and a half times it for low, half of it for high. "
    "Below nought it cost more than it saved.",
}
