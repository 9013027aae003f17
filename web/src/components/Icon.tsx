// Outline icons of 16 px for screens and controls; a word or a label always stands with them.

import type { ReactNode } from "react";

const DRAWINGS = {
  overview: (
    <>
      <rect x="2" y="2" width="5" height="6.5" rx="1" />
      <rect x="9.5" y="2" width="4.5" height="4" rx="1" />
      <rect x="2" y="11" width="5" height="3" rx="1" />
      <rect x="9.5" y="8.5" width="4.5" height="5.5" rx="1" />
    </>
  ),
  endpoints: <path d="M2 3.5h.6M2 8h.6M2 12.5h.6M5.5 3.5H14M5.5 8H14M5.5 12.5H14" />,
  objectives: (
    <>
      <circle cx="8" cy="8" r="6" />
      <circle cx="8" cy="8" r="2.6" />
    </>
  ),
  alerts: <path d="M3.2 11.5h9.6c-1-1.2-1.3-2.4-1.3-4.6a3.5 3.5 0 0 0-7 0c0 2.2-.3 3.4-1.3 4.6ZM6.6 14h2.8" />,
  trends: <path d="M2 12.5 6 8.2l2.8 2.3L14 4.5M10.4 4.5H14v3.6" />,
  recommendations: (
    <path d="M5.8 11.4c0-1.6-1.9-2.3-1.9-5a4.1 4.1 0 0 1 8.2 0c0 2.7-1.9 3.4-1.9 5ZM6.4 14.2h3.2" />
  ),
  live: <path d="M1.5 8.5h3l2-5.5 3 10 2-4.5h3" />,
  dashboards: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="1.5" />
      <path d="M2 6h12M6.5 6v8" />
    </>
  ),
  health: (
    <path d="M8 13.6S2.2 10 2.2 6.1A3.1 3.1 0 0 1 8 4.6a3.1 3.1 0 0 1 5.8 1.5C13.8 10 8 13.6 8 13.6Z" />
  ),
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.6" />
      <path d="m10.5 10.5 3.3 3.3" />
    </>
  ),
  calendar: (
    <>
      <rect x="2.2" y="3.2" width="11.6" height="10.6" rx="1.5" />
      <path d="M2.2 6.7h11.6M5.3 1.8v2.8M10.7 1.8v2.8" />
    </>
  ),
  filter: <path d="M2 3h12l-4.7 5.6v4.1l-2.6 1V8.6Z" />,
  compare: <path d="M2 11.5 5.5 7l3 2.5L14 3.5M2 14.2h1.6M6.2 14.2h1.6M10.4 14.2H12" />,
  settings: (
    <>
      <path d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6" />
      <circle cx="10" cy="4.5" r="1.9" />
      <circle cx="6" cy="11.5" r="1.9" />
    </>
  ),
  chevron: <path d="m4.5 6.3 3.5 3.5 3.5-3.5" />,
  arrow: <path d="M8 3v10M4 9.2 8 13l4-3.8" />,
  back: <path d="M9.8 4.5 6.3 8l3.5 3.5" />,
  pause: <path d="M5.8 4v8M10.2 4v8" />,
  play: <path d="M5.5 3.8v8.4L12 8Z" fill="currentColor" />,
  download: <path d="M8 2.2v7.6M4.8 6.8 8 10l3.2-3.2M2.8 13.6h10.4" />,
  table: (
    <>
      <rect x="2" y="3" width="12" height="10" rx="1" />
      <path d="M2 6.3h12M2 9.7h12M6 3v10" />
    </>
  ),
  columns: (
    <>
      <rect x="2" y="3" width="12" height="10" rx="1" />
      <path d="M6 3v10M10 3v10" />
    </>
  ),
  moon: <path d="M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7Z" />,
  sun: (
    <>
      <circle cx="8" cy="8" r="2.8" />
      <path d="M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1" />
    </>
  ),
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  signOut: <path d="M9.5 2.5h-6v11h6M6.5 8h7.5M11.5 5.5 14 8l-2.5 2.5" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof DRAWINGS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor"
         strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
      {DRAWINGS[name]}
    </svg>
  );
}

export function Star({ isSet }: { isSet: boolean }) {
  return (
    <svg width="14" height="14" viewBox="0 0 14 14" fill={isSet ? "currentColor" : "none"}
         stroke="currentColor" strokeWidth="1.1" strokeLinejoin="round" aria-hidden>
      <path d="m7 1.2 1.75 3.7 4 .55-2.93 2.8.73 4.05L7 10.35 3.45 12.3l.73-4.05L1.25 5.45l4-.55Z" />
    </svg>
  );
}
