import { drawn } from "./icons";

// Apart from icons.tsx, so that the sign-in page does not load them.

export const PencilIcon = drawn("M10.7 2.8 13.2 5.3 5.6 12.9 2.5 13.5 3.1 10.4Z");
export const TrashIcon = drawn(
  "M2.8 4.3h10.4M6.3 4.3V2.7h3.4v1.6M4.2 4.3l.6 8.9h6.4l.6-8.9M6.7 7v3.6M9.3 7v3.6",
);
export const PlusIcon = drawn("M8 3v10M3 8h10");
export const SearchIcon = drawn(
  "M11.3 7a4.3 4.3 0 1 1-8.6 0 4.3 4.3 0 0 1 8.6 0M10.3 10.3l3.2 3.2",
);
export const CloseIcon = drawn("m4 4 8 8M12 4l-8 8");
export const CalendarIcon = drawn("M2.5 4h11v9.2h-11ZM2.5 7h11M5.3 2.3V5M10.7 2.3V5");
export const NoteIcon = drawn("M3 4.2h10M3 8h10M3 11.8h6");
export const KeyboardIcon = drawn(
  "M1.8 4.3h12.4v7.4H1.8ZM4.3 6.7h.01M6.8 6.7h.01M9.3 6.7h.01M11.8 6.7h.01M5 9.4h6",
);
export const ChevronIcon = drawn("m4 6 4 4 4-4");
