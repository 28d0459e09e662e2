/** The first stop of the keyboard on every page. */
export function SkipLink() {
  return (
    <a
      href="#main"
      className="fixed top-3 left-3 z-50 -translate-y-20 rounded-xl bg-accent px-4 py-2.5 font-medium text-on-accent focus:translate-y-0"
    >
      Skip to content
    </a>
  );
}
