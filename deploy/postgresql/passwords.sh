#!/bin/sh
# Gives the roles of roles.sql their passwords: MIGRATE_PASSWORD, API_PASSWORD and WEB_PASSWORD.
# psql (14 or newer) reads them from the environment: a command line is for everybody to see.
set -eu
: "${MIGRATE_PASSWORD:?}" "${API_PASSWORD:?}" "${WEB_PASSWORD:?}"
psql -v ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv migrate MIGRATE_PASSWORD
\getenv api API_PASSWORD
\getenv web WEB_PASSWORD
ALTER ROLE gatepass_migrate PASSWORD :'migrate';
ALTER ROLE gatepass_api PASSWORD :'api';
ALTER ROLE gatepass_web PASSWORD :'web';
SQL
