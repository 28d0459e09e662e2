-- Databases and roles, once, as a superuser: psql -v ON_ERROR_STOP=1 -f roles.sql
-- The migrations run as gatepass_migrate, which owns both schemas. Each half serves as a role of
-- its own, which reads and writes rows of its own database, can change no table, and cannot
-- connect to the other half's database.
-- Passwords: \password gatepass_migrate, \password gatepass_api and \password gatepass_web.

CREATE ROLE gatepass_migrate LOGIN;
CREATE ROLE gatepass_api LOGIN;
CREATE ROLE gatepass_web LOGIN;
CREATE DATABASE accounts OWNER gatepass_migrate ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
CREATE DATABASE tasks OWNER gatepass_migrate ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
REVOKE CONNECT ON DATABASE accounts, tasks FROM PUBLIC;
GRANT CONNECT ON DATABASE accounts TO gatepass_web;
GRANT CONNECT ON DATABASE tasks TO gatepass_api;

\connect accounts
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO gatepass_migrate;
ALTER DEFAULT PRIVILEGES FOR ROLE gatepass_migrate
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gatepass_web;
ALTER DEFAULT PRIVILEGES FOR ROLE gatepass_migrate GRANT USAGE ON SEQUENCES TO gatepass_web;

\connect tasks
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO gatepass_migrate;
ALTER DEFAULT PRIVILEGES FOR ROLE gatepass_migrate
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gatepass_api;
ALTER DEFAULT PRIVILEGES FOR ROLE gatepass_migrate GRANT USAGE ON SEQUENCES TO gatepass_api;
