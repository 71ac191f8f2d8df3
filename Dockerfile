# Dibs in a container: built in one stage, run in another that holds neither pip nor a compiler, by a user without rights.
#
#   docker build -t dibs .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --memory 512m --pids-limit 256 \
#     -p 127.0.0.1:8484:8484 -v dibs-data:/data -v "$PWD/dibs.toml:/data/dibs.toml:ro" \
#     -v "$PWD/secrets:/run/secrets:ro" -e SLACK_BOT_TOKEN_FILE=/run/secrets/slack_bot_token \
#     -e SLACK_APP_TOKEN_FILE=/run/secrets/slack_app_token dibs
#
# The port is published to this machine alone: your proxy passes on what others may reach, and /metrics is not among it.
# Secrets come by file, since a variable can be read by whoever may inspect the container.
#
# The database (dibs.db) and the configuration (dibs.toml) are looked for in /data, the working directory.
# The bases are named by tag. `make pin` asks for today's digests and writes them here and into compose.yaml.

FROM python:3.12-slim AS build
# requirements-image.lock speaks to PostgreSQL and keeps accounts, too; requirements.lock is the core alone.
ARG LOCK=requirements-image.lock
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN ["python", "-m", "venv", "/opt/dibs"]
COPY requirements*.lock ./
RUN /opt/dibs/bin/pip install --require-hashes -r requirements-build.lock -r "$LOCK"
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY handlers ./handlers
COPY storage ./storage
RUN /opt/dibs/bin/pip install --no-deps --no-build-isolation . \
    && /opt/dibs/bin/pip uninstall --yes setuptools pip

FROM python:3.12-slim
# A fixed number, so that volumes and secrets can be given to it: chown 10001 dibs.toml.
RUN groupadd --gid 10001 dibs \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin dibs \
    && install -d -o dibs -g dibs -m 0750 /data
COPY --from=build /opt/dibs /opt/dibs
ENV PATH=/opt/dibs/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    DIBS_HOST=0.0.0.0 \
    DIBS_PORT=8484
WORKDIR /data
VOLUME ["/data"]
USER 10001:10001
EXPOSE 8484
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["dibs", "health"]
ENTRYPOINT ["dibs"]
CMD ["run"]
