import axios from "axios";
import { createPassClient } from "gatepass/browser";

export const ISSUER = "http://localhost:3000/api/auth";
const API = "http://localhost:8000";

export const pass = createPassClient({ api: API, tokenUrl: `${ISSUER}/gatepass/token` });
export const api = axios.create({ baseURL: API, adapter: "fetch", env: { fetch: pass.fetch } });
export const issuer = axios.create({ baseURL: ISSUER, withCredentials: true });
