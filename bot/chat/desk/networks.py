"""Networks: where an admin lets Dibs in at a network, and where the network sends them back to with a code.

Being an admin gives no other right on the desk, but this one: whoever signs in decides as whom Dibs speaks there. What
somebody began here only the same session ends; what was begun in a terminal, any admin.
"""

from aiohttp import web

from bot.chat.backend import Backend
from bot.chat.desk.access import Turned, Visit, is_admin, sign
from bot.chat.desk.pages import Views
from bot.sources.kit.login import Login, LoginFailed
from bot.sources.signing_in import NoSuchLogin, SigningIn
from storage.own import ownership

_ADMINS = "Only an admin signs in at networks; dibs.toml names them under [organisation]."


class Networks:
    """The pages at ``/oauth/<source>``."""

    def __init__(self, backend: Backend, views: Views, signing_in: SigningIn | None) -> None:
        self._backend = backend
        self._views = views
        self._signing_in = signing_in

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show the button; or end a sign-in, where the network sends the visitor back."""
        login = self._login(visit)
        query = visit.request.query
        if "code" not in query and "error" not in query:
            return await self._draw(visit, login, [])
        try:
            signed_in = await login.end(query, by=_session(visit))
        except LoginFailed as error:
            return await self._draw(visit, login, [str(error)], status=400)
        return await self._draw(visit, login, signed_in.sentences, done=True)

    async def begin(self, visit: Visit) -> web.StreamResponse:
        """Show the way to the network; our forms lead nowhere else, so that it is a link."""
        login = self._login(visit)
        return await self._draw(visit, login, [], address=await login.begin(by=_session(visit)))

    def _login(self, visit: Visit) -> Login:
        if not is_admin(visit, self._backend.organisation):
            raise Turned(403, _ADMINS)
        if self._signing_in is None:
            raise Turned(404, "Nobody signs in here.")
        try:
            return self._signing_in.at(visit.request.match_info["source"])
        except NoSuchLogin as error:
            raise Turned(404, str(error)) from None
        except LoginFailed as error:
            raise Turned(400, str(error)) from None

    async def _draw(
        self,
        visit: Visit,
        login: Login,
        said: list[str],
        *,
        address: str = "",
        done: bool = False,
        status: int = 200,
    ) -> web.StreamResponse:
        seq = await self._backend.read(lambda session: ownership.head(session)[0])
        source = visit.request.match_info["source"]
        shown = {"login": login, "source": source, "sentences": said, "address": address, "done": done}
        return self._views.page(visit, "network.html", seq, status=status, **shown)


def _session(visit: Visit) -> str:
    return sign(visit.token, "sign in at a network")
