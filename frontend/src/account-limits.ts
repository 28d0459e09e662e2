/** In characters: what browser and server both hold a name and a password to. */
export const MAX_NAME = 100;
/** NIST SP 800-63B section 3.1.1.2 and OWASP ASVS 5.0 6.2.1, 6.2.9. */
export const MIN_PASSWORD = 8;
export const MAX_PASSWORD = 128;
