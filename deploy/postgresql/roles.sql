-- Databases and roles, once, as a superuser: psql -v ON_ERROR_STOP=1 -f roles.sql
-- The migrations run as gatepass_migrate, which owns the schema; both halves serve as
-- gatepass_serve, which can read and write rows and can change no table.
-- Passwords: \password gatepass_migrate and \password gatepass_serve.

CREATE ROLE gatepass_migrate LOGIN;
CREATE ROLE gatepass_serve LOGIN;
CREATE DATABASE accounts OWNER gatepass_migrate;
CREATE DATABASE tasks OWNER gatepass_migrate;

\connect accounts
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO gatepass_migrate;
ALTER DEFAULT PRIVILEGES FOR ROLE gatepass_migrate
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gatepass_serve;
ALTER DEFAULT PRIVILEGES FOR ROLE gatepass_migrate GRANT USAGE ON SEQUENCES TO gatepass_serve;

\connect tasks
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO gatepass_migrate;
ALTER DEFAULT PRIVILEGES FOR ROLE gatepass_migrate
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gatepass_serve;
ALTER DEFAULT PRIVILEGES FOR ROLE gatepass_migrate GRANT USAGE ON SEQUENCES TO gatepass_serve;
