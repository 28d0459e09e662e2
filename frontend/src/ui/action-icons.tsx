import { Icon } from "./icons";

// Apart from icons.tsx, so that the sign-in page does not load them.

export const PencilIcon = () => (
  <Icon>
    <path d="M10.7 2.8 13.2 5.3 5.6 12.9 2.5 13.5 3.1 10.4Z" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M2.8 4.3h10.4M6.3 4.3V2.7h3.4v1.6M4.2 4.3l.6 8.9h6.4l.6-8.9M6.7 7v3.6M9.3 7v3.6" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M8 3v10M3 8h10" />
  </Icon>
);
export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.3" />
    <path d="m10.3 10.3 3.2 3.2" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);
export const CalendarIcon = () => (
  <Icon>
    <path d="M2.5 4h11v9.2h-11ZM2.5 7h11M5.3 2.3V5M10.7 2.3V5" />
  </Icon>
);
export const NoteIcon = () => (
  <Icon>
    <path d="M3 4.2h10M3 8h10M3 11.8h6" />
  </Icon>
);
export const KeyboardIcon = () => (
  <Icon>
    <path d="M1.8 4.3h12.4v7.4H1.8ZM4.3 6.7h.01M6.8 6.7h.01M9.3 6.7h.01M11.8 6.7h.01M5 9.4h6" />
  </Icon>
);
export const ChevronIcon = () => (
  <Icon>
    <path d="m4 6 4 4 4-4" />
  </Icon>
);
