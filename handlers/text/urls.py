"""Canonical addresses: one form for all the addresses of one page, so that the same post from another source is a
sighting.

Two addresses are made equal only where they are known to show the same page: joining two different posts would lose a
mention, while keeping one post apart only shows it twice. So a fragment goes, unless it looks like the name of a
comment ("#comment-5") or a page of its own ("#!/5"). What names no page, such as a bare home page, has no
canonical form and is never compared.
"""

import re
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from handlers.text.addresses import WebAddress, read_web_address
from handlers.text.bounds import MAX_URL
from handlers.text.redirects import unwrap

_MAX_FIELDS = 100
# Fields that only say how one came to a page: of campaigns, of clicks that are paid for, of mails, of sharing.
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|matomo|piwik|hsa|vero|oly|itm|stm|bsft|elq|trk|sfmc|guce|soc|pd_rd|pf_rd)_.*"
    r"|_hs.*|__hs.*|hsctatracking|elqtrack.*|_openstat|_ga|_gl|__s|_ke|_bta_[ct]id|_branch_\w+"
    r"|at_(?:medium|campaign(?:_type)?|format|creation|variant|network|platform|term|custom\d|link_\w+|recipient_\w+"
    r"|send_date|ptr_\w+|bbc_team|emailtype|general_placement|detail_placement|identifier|affiliate|advertiser|product_id)"
    r"|xtor|ns_(?:campaign|mchannel|source|linkname|fee)|(?:fb|g|d)clid|gclsrc|[gw]braid|gad_(?:source|campaignid)"
    r"|srsltid|msclkid|(?:y|ys|ym|sy|tw|tt)clid|li_fat_id|epik|rdt_cid|sccid|irclickid|irgwc|cjevent|zanpid"
    r"|ran(?:mid|eaid|siteid)|s_kwcid|ef_id|wickedid|rb_clickid|dm_i|vgo_ee|wt[._](?:mc|z\w)[\w.]*"
    r"|mc_[ce]id|ml_subscriber(?:_hash)?|ck_subscriber_id|mkt_tok|s_cid|cmpid|intcid|nr_email_referer"
    r"|fb_(?:action_ids|action_types|source|ref)|fbc_id|sfnsn|mibextid|__tn__|__cft__.*|igsh|igshid|ig_rid"
    r"|ref_src|ref_url|__twitter_impression|guccounter|spm|scm|wprov|phpsessid|jsessionid",
    re.IGNORECASE,
)
_TRACKING_OF = (  # the same of one site, where elsewhere the field may name a page
    (r"(?:.+\.)?medium\.com", r"source|sk|gi"),
    (r"(?:.+\.)?bbc\.(?:com|co\.uk)|msn\.com", r"ocid"),
    (r"(?:.+\.)?aol\.com", r"ncid|icid"),
    (r"threads\.com", r"xmt|slof"),
    (r"(?:.+\.)?substack\.com", r"r|s|triedRedirect|showWelcomeOnShare|publication_id|post_id|isFreemail"),
    (r"nytimes\.com", r"smid|smtyp|partner|emc|referringSource|unlocked_article_code"),
    (r"theguardian\.com", r"CMP"),
    (r"t\.me", r"single"),
    (r"wsj\.com", r"mod|reflink|st"),
    (r"bloomberg\.com", r"srnd|sref|cmpid"),
    (r"washingtonpost\.com", r"itid|wpisrc|tid|pwapi_token"),
    (r"ft\.com", r"shareType|segmentId"),
    (r"(?:.+\.)?yahoo\.com", r"tsrc|soc_src|soc_trk"),
    (r"linkedin\.com", r"trk|trackingId|lipi|refId|originalSubdomain|rcm"),
    (r"facebook\.com", r"rdid|share_url|paipv|eav|ref|refsrc|_rdr|locale|hc_ref|fref"),
    (r"tiktok\.com", r"is_from_webapp|sender_device|_r|_t|web_id|lang|share_\w+"),
    (r"(?:open\.)?spotify\.com|youtube\.com|podcasts\.apple\.com", r"si|pp|feature"),
    (r"play\.google\.com", r"hl|gl|pli"),
    (r"(?:.+\.)?trustpilot\.com", r"languages"),
)
_OF_SITE = tuple((re.compile(site), re.compile(fields, re.IGNORECASE)) for site, fields in _TRACKING_OF)
_SESSION = re.compile(r";(?:jsessionid|phpsessid)=[\w.!-]*", re.IGNORECASE)
_NAMING_FRAGMENT = re.compile(r"(?:[^\W\d]|-)*\d[\w-]*|!?/.+")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")

# What names a comment on LinkedIn, the innermost first, and the number in it: its two forms, and our own.
_OF_LINKEDIN = ("replyUrn", "dashReplyUrn", "commentUrn", "dashCommentUrn")
_NUMBER = re.compile(
    r"urn:li:comment:\([\w:]{1,80},(\d{1,20})\)|urn:li:fsd_comment:\((\d{1,20}),[\w:]{1,80}\)|(\d{1,20})"
)

_SAME_SITE = {  # hosts, without "www.", that show the pages of another
    re.compile(r"(?:old|new|np|m|i|amp|sh)\.reddit\.com"): "reddit.com",
    re.compile(
        r"(?:(?:m|mobile)\.)?(?:x|twitter)\.com|(?:(?:vx|fx)twitter|fixupx|fixvx)\.com|nitter\.net"
    ): "twitter.com",
    re.compile(r"(?:m|music)\.youtube\.com|youtube-nocookie\.com"): "youtube.com",
    re.compile(r"(?:m|mobile|web|touch|mbasic|[a-z]{2}-[a-z]{2})\.facebook\.com|fb\.com"): "facebook.com",
    re.compile(r"(?:m|[a-z]{2})\.linkedin\.com"): "linkedin.com",
    re.compile(r"m\.tiktok\.com"): "tiktok.com",
    re.compile(r"(?:m\.)?instagram\.com|instagr\.am"): "instagram.com",
    re.compile(r"threads\.(?:net|com)"): "threads.com",
    re.compile(r"telegram\.(?:me|dog)"): "t.me",
    re.compile(r"(?:m\.)?vk\.(?:com|ru)|vkontakte\.ru"): "vk.com",
    re.compile(r"(?:m|mobile)\.nytimes\.com"): "nytimes.com",
    re.compile(r"[a-z]{2}(?:-[a-z]{2})?\.trustpilot\.com"): "trustpilot.com",
    re.compile(r"([a-z-]+)\.m\.wikipedia\.org"): r"\1.wikipedia.org",
}
_SAME_PAGE = (  # paths that are one page's several names; its query then says only how one came there
    (re.compile(r"youtu\.be/([\w-]+)"), r"youtube.com/watch?v=\1"),
    (re.compile(r"youtube\.com/(?:shorts|live|embed|v)/([\w-]+)"), r"youtube.com/watch?v=\1"),
    (re.compile(r"twitter\.com/(?:i/web|[^/]+)/status(?:es)?/(\d+)(?:/.*)?"), r"twitter.com/i/status/\1"),
    (re.compile(r"redd\.it/(\w+)"), r"reddit.com/comments/\1"),
    (
        re.compile(r"reddit\.com(?:/(?:r|u|user)/[^/]+)?/comments/(\w+)/[^/]+/(\w+)"),
        r"reddit.com/comments/\1/comment/\2",
    ),
    (re.compile(r"reddit\.com(?:/(?:r|u|user)/[^/]+)?/comments/(\w+)(?:/[^/]*)?"), r"reddit.com/comments/\1"),
    (re.compile(r"reddit\.com/gallery/(\w+)"), r"reddit.com/comments/\1"),
    (re.compile(r"instagram\.com/(?:[\w.]+/)?(?:p|reels?|tv)/([\w-]+)"), r"instagram.com/p/\1"),
    (re.compile(r"threads\.com/(?:@[^/]+/post|t)/([\w-]+)(?:/media)?"), r"threads.com/t/\1"),
    (re.compile(r"(tiktok\.com/@[^/]+)/(?:video|photo)/(\d+)"), r"\1/video/\2"),
    (re.compile(r"(bsky\.app/profile/[^/]+/post/\w+)"), r"\1"),
    (
        re.compile(
            r"linkedin\.com/(?:posts/[^/]*-activity-|feed/update/urn(?::|%3A)li(?::|%3A)activity(?::|%3A))(\d+)(?:-\w+)?"
        ),
        r"linkedin.com/feed/update/urn:li:activity:\1",
    ),
    (re.compile(r"(linkedin\.com/(?:posts|feed/update)/[^/]+)"), r"\1"),
    (re.compile(r"(facebook\.com/groups/[^/]+)/(?:permalink|posts)/(\d+)"), r"\1/posts/\2"),
    (re.compile(r"t\.me/s/(\w+/\d+)"), r"t.me/\1"),
    (re.compile(r"([^/]+)/users/([^/]+)/statuses/(\d+)"), r"\1/@\2/\3"),
)


def canonical_url(url: str) -> str:
    """Return the one form of an address, or "" when it cannot be compared.

    It cannot when it is no http(s) address of a page: a mail address, a bare home page, nonsense, or over 2,048
    characters. The result is a key to compare by, not an address to open or to show.
    """
    form = one_form(url)
    return "" if form.count("/") == 2 and "?" not in form and "#" not in form else form


def one_form(url: str) -> str:
    """Return the same also for a bare home page, which several posts may have in common."""
    if len(url) > MAX_URL:
        return ""
    try:
        wanted = unwrap(url.strip())
        address = read_web_address(wanted)
        return _canonical(urlsplit(wanted), address) if address is not None else ""
    except ValueError:  # too many fields
        return ""


def _canonical(parts: SplitResult, address: WebAddress) -> str:
    page = _host(address) + _path(parts.path)
    for pattern, name in _SAME_PAGE:
        if match := pattern.fullmatch(page):
            return f"https://{match.expand(name)}{_comment(page, parts.query)}"
    fragment = f"#{parts.fragment}" if _NAMING_FRAGMENT.fullmatch(parts.fragment) else ""
    return f"https://{page}{_query(parts, page)}{fragment}"


def _host(address: WebAddress) -> str:
    host = address.host.rstrip(".").removeprefix("www.")
    host = next((found.expand(site) for other, site in _SAME_SITE.items() if (found := other.fullmatch(host))), host)
    return host if address.port is None else f"{host}:{address.port}"


def _path(path: str) -> str:
    """Write each character in the one way that RFC 3986 section 6.2.2 prefers, and end without a slash."""
    return _ESCAPE.sub(_plain, quote(_SESSION.sub("", path), safe="/%~!$&'()*+,;=:@")).rstrip("/")


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _fields(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MAX_FIELDS)


def _query(parts: SplitResult, page: str) -> str:
    host = page.partition("/")[0]
    of_site = [fields for site, fields in _OF_SITE if site.fullmatch(host)]
    fields = sorted(
        field
        for field in _fields(parts.query)
        if not any(tracking.fullmatch(field[0]) for tracking in (_TRACKING, *of_site))
    )
    if page == "youtube.com/watch":
        fields = [field for field in reversed(fields) if field[0] in {"v", "lc"}]
    return f"?{urlencode(fields, errors='surrogateescape')}" if fields else ""


def _comment(page: str, query: str) -> str:
    """Keep the one field that names a comment under a YouTube video, and the number of one under a post on LinkedIn."""
    if page.startswith("linkedin.com/"):
        told = dict(_fields(query))
        urn = next((told[name] for name in _OF_LINKEDIN if name in told), "")
        found = _NUMBER.fullmatch(urn)
        return f"?commentUrn={found[1] or found[2] or found[3]}" if found else ""
    return next((f"&lc={quote(value)}" for name, value in _fields(query) if name == "lc"), "")
