"""Templates: files for the machine that Dibs runs on, with the paths and addresses of this installation filled in.

They are printed, so that what stands in the file that somebody puts in its place is what was read before.
"""

import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.chat.kit.icons import app_icon

STATE = "/var/lib/dibs"
_CONFIGURATION = "/etc/dibs/dibs.toml"
_HOST = "dibs.acme.example"
_PROGRAM = "/opt/dibs/bin/dibs"
_WORD = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What is filled in.

    Attributes:
        program: The path of `dibs`.
        address: Where Dibs listens, as a proxy beside it reaches it.
        host: The name under which others reach it.
    """

    program: str
    address: str
    host: str


def here(host: str, port: int, public_url: str) -> Here:
    """Find out what to fill in."""
    beside_python = shutil.which("dibs", path=str(Path(sys.executable).parent))
    program = beside_python or shutil.which("dibs") or _PROGRAM
    beside = "127.0.0.1" if host in ("0.0.0.0", "::", "[::]") else host  # noqa: S104 - nothing listens here
    return Here(
        program=program if _WORD.fullmatch(program) else _PROGRAM,
        address=f"{beside}:{port}",
        host=urlsplit(public_url).netloc or _HOST,
    )


def systemd(one: Here) -> str:
    """Return a unit that has no more rights than it needs."""
    home = "read-only" if one.program.startswith(("/home/", "/root/")) else "yes"
    return _UNIT.format(program=one.program, home=home, state=STATE, configuration=_CONFIGURATION)


def caddy(one: Here) -> str:
    """Return a site of a Caddyfile."""
    return _CADDY.format(address=one.address, host=one.host)


def nginx(one: Here) -> str:
    """Return a server of nginx."""
    return _NGINX.format(address=one.address, host=one.host)


TEXTS: Mapping[str, Callable[[Here], str]] = {"systemd": systemd, "caddy": caddy, "nginx": nginx}
PICTURES: Mapping[str, Callable[[], bytes]] = {"icon": app_icon}
NAMES = (*TEXTS, *PICTURES)

_UNIT = """\
# /etc/systemd/system/dibs.service
#
#   useradd --system --home-dir {state} --shell /usr/sbin/nologin dibs
#   install -d -m 0755 /etc/dibs                              # dibs.toml holds no secret
#   install -m 0600 /dev/null /etc/dibs/dibs.env              # SLACK_BOT_TOKEN=xoxb-…, one variable a line
#   systemctl daemon-reload && systemctl enable --now dibs
#
# `systemctl reload dibs` takes over topics and charters. A backup: sudo -u dibs DIBS_CONFIG={configuration} \\
#   DIBS_DATABASE_URL=sqlite:///{state}/dibs.db {program} db backup {state}/dibs.backup

[Unit]
Description=Dibs: mentions of us become cards, and somebody has each
Documentation=man:systemd.exec(5)
Wants=network-online.target
After=network-online.target postgresql.service

[Service]
Type=exec
User=dibs
Group=dibs
ExecStart={program} run
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=2
# Dibs ends by itself within ten seconds.
TimeoutStopSec=15
StateDirectory=dibs
StateDirectoryMode=0700
WorkingDirectory={state}
UMask=0077
Environment=DIBS_CONFIG={configuration}
# Read by systemd itself, before it becomes the user.
EnvironmentFile=-/etc/dibs/dibs.env

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
MemoryMax=512M
TasksMax=256

[Install]
WantedBy=multi-user.target
"""

_CADDY = """\
# A site of /etc/caddy/Caddyfile. Reached from outside are /slack/, /api/messages (Teams), /hooks/, and the desk, which
# is all the rest; what tells how Dibs is stays inside.

{host} {{
	@inside path /metrics /readyz /healthz
	respond @inside 404
	request_body {{
		max_size 4MB
	}}
	reverse_proxy {address} {{
		# The desk's /live is a stream of server-sent events: each is to arrive at once.
		flush_interval -1
		# Nobody but a proxy that signs people in says who they are: let it set this anew behind here.
		header_up -X-Forwarded-Email
	}}
}}
"""

_NGINX = """\
# /etc/nginx/conf.d/dibs.conf. Reached from outside are /slack/, /api/messages (Teams), /hooks/, and the desk, which is
# all the rest; what tells how Dibs is stays inside.

server {{
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name {host};
    ssl_certificate     /etc/letsencrypt/live/{host}/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/{host}/privkey.pem;
    client_max_body_size 4m;

    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    # Nobody but a proxy that signs people in says who they are: set it to what auth_request found, or leave it empty.
    proxy_set_header X-Forwarded-Email "";

    location ~ ^/(metrics|readyz|healthz)$ {{
        return 404;
    }}

    # A stream of server-sent events: each is to arrive at once, and Dibs ends it after an hour.
    location = /live {{
        proxy_pass http://{address};
        proxy_buffering off;
        proxy_cache off;
        proxy_read_timeout 3700s;
    }}

    # The address of a hook may end with its secret: no log names it.
    location ~ ^/hooks/[^/]+/ {{
        access_log off;
        error_log /dev/null crit;
        proxy_pass http://{address};
        proxy_read_timeout 60s;
    }}

    location / {{
        proxy_pass http://{address};
        proxy_read_timeout 60s;
    }}
}}
"""
