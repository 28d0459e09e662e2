"use client";

import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

type MenuItem = { label: string; onSelect: () => void };

/**
 * A menu button (WAI-ARIA Authoring Practices, "Menu Button"): arrows, Home, End and first letters
 * move, Escape and Tab close, the focus goes back to the button.
 */
export function MenuButton({
  label,
  items,
  header,
  children,
}: {
  label: string;
  items: MenuItem[];
  header?: ReactNode;
  children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menuId = useId();
  const entries = () => [...(root.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];

  useEffect(() => {
    if (!open) return;
    const onPointerDown = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onPointerDown);
    root.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    return () => document.removeEventListener("pointerdown", onPointerDown);
  }, [open]);

  function close() {
    setOpen(false);
    button.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const target = {
      ArrowDown: all[(at + 1) % all.length],
      ArrowUp: all[(at - 1 + all.length) % all.length],
      Home: all[0],
      End: all[all.length - 1],
    }[event.key];
    if (target) target.focus();
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") return setOpen(false);
    else if (/^\p{L}$/u.test(event.key))
      all
        .find((item) => item.textContent?.toLowerCase().startsWith(event.key.toLowerCase()))
        ?.focus();
    else return;
    event.preventDefault();
  }

  return (
    <div ref={root} className="relative">
      <button
        ref={button}
        type="button"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? menuId : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          setOpen(true);
        }}
        className="inline-flex min-h-11 cursor-pointer items-center gap-2 rounded-full border border-line bg-card py-1 pr-3 pl-1 transition-colors hover:border-edge"
      >
        {children}
      </button>
      {open && (
        <div className="absolute right-0 z-30 mt-2 w-60 animate-rise rounded-2xl border border-line bg-card p-1.5 shadow-float">
          {header}
          <div role="menu" id={menuId} aria-label={label} onKeyDown={onKeyDown} tabIndex={-1}>
            {items.map((item) => (
              <button
                key={item.label}
                type="button"
                role="menuitem"
                tabIndex={-1}
                onClick={() => {
                  close();
                  item.onSelect();
                }}
                className="flex min-h-11 w-full cursor-pointer items-center rounded-xl px-3 text-[0.9375rem] hover:bg-sunk focus:bg-sunk focus-visible:outline-offset-[-2px] sm:min-h-10"
              >
                {item.label}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
