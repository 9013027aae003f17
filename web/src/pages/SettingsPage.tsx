// Settings: what this browser's reader prefers, and how the server was configured.

import type { ReactNode } from "react";
import type { Priority, Settings } from "../api/client";
import cards from "../components/card.module.css";
import { Segments } from "../components/Control";
import { PriorityChip } from "../components/PriorityChip";
import type { ChangePreferences } from "../components/usePreferences";
import * as format from "../format";
import type { Preferences } from "../model/preferences";
import { PRIORITIES } from "../model/rows";
import { OBJECTIVES } from "../model/sentence";
import pages from "./pages.module.css";
import styles from "./settingsPage.module.css";

interface Props {
  settings: Settings;
  preferences: Preferences;
  onPreferences: ChangePreferences;
}

export function SettingsPage({ settings, preferences, onPreferences }: Props) {
  return (
    <div className={pages.stack}>
      <h1 className="visually-hidden">Settings</h1>
      <BrowserSettings preferences={preferences} onPreferences={onPreferences} />
      <ServerSettings settings={settings} />
      <Bounds settings={settings} />
    </div>
  );
}

function BrowserSettings({ preferences, onPreferences }: Omit<Props, "settings">) {
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="This browser">
      <h2>This browser</h2>
      <p>Kept here, and for nobody else.</p>
      <dl className={styles.rows}>
        <Row name="Theme">
          <Segments<Preferences["theme"]>
            label="Theme"
            value={preferences.theme}
            segments={[
              { value: "system", content: "System" },
              { value: "light", content: "Light" },
              { value: "dark", content: "Dark" },
            ]}
            onChange={(theme) => onPreferences({ theme })}
          />
        </Row>
        <Row name="Updates" note="Paused: a screen is answered once, until you let it go on.">
          <Segments<Preferences["updates"]>
            label="Updates"
            value={preferences.updates}
            segments={[
              { value: "live", content: "Live" },
              { value: "10s", content: "Every 10 s" },
              { value: "60s", content: "Every 60 s" },
              { value: "paused", content: "Paused" },
            ]}
            onChange={(updates) => onPreferences({ updates })}
          />
        </Row>
        <Row name="Times" note={`It is ${format.clock(Date.now() / 1000)} in ${format.timeZoneName()}.`}>
          <Segments<Preferences["timeZone"]>
            label="Times"
            value={preferences.timeZone}
            segments={[
              { value: "local", content: "Local" },
              { value: "utc", content: "UTC" },
            ]}
            onChange={(timeZone) => onPreferences({ timeZone })}
          />
        </Row>
      </dl>
    </section>
  );
}

function ServerSettings({ settings }: { settings: Settings }) {
  const onOff = (isOn: boolean) => (isOn ? "on" : "off");
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="This server">
      <h2>This server</h2>
      <p>As it was configured when it started; the page changes none of it.</p>
      <dl className={styles.rows}>
        <Row name="Version">{settings.product_version}</Row>
        <Row name="Your role">{settings.role}</Row>
        <Row name="Sign-in">{settings.is_authentication_required ? "required" : "not required"}</Row>
        <Row name="Range at first"><code>history_window</code> {format.span(settings.history_window)}</Row>
        <Row name="Polling"><code>refresh_interval</code> {format.span(settings.refresh_interval)}</Row>
        <Row name="Points of a chart"><code>max_data_points</code> {format.count(settings.max_data_points)}</Row>
        <Row name="Live updates"><code>enable_real_time</code> {onOff(settings.enable_real_time)}</Row>
        <Row name="Alerts"><code>enable_alerts</code> {onOff(settings.enable_alerts)}</Row>
        <Row name="Optimizations"><code>enable_optimizations</code> {onOff(settings.enable_optimizations)}</Row>
      </dl>
    </section>
  );
}

function Row({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
      {note && <dd className={styles.note}>{note}</dd>}
    </div>
  );
}

const GRADES = ["excellent", "good", "warning", "critical"] as const;

/** What each priority is judged by. */
function Bounds({ settings }: { settings: Settings }) {
  return (
    <section className={`${cards.card} ${styles.card}`} aria-label="Bounds by priority">
      <h2>Bounds by priority</h2>
      <p>A p95 up to a bound earns its grade; “good” is the target that charts and lists show.</p>
      <div className={styles.wide} role="region" aria-label="Bounds, as a table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Priority</th>
              {GRADES.map((grade) => <th key={grade} scope="col">{grade}</th>)}
              <th scope="col">errors allowed</th>
            </tr>
          </thead>
          <tbody>
            {PRIORITIES.map((priority) => <BoundRow key={priority} priority={priority} settings={settings} />)}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function boundWords(seconds: number | undefined): string {
  return seconds === undefined ? "–" : format.axisDuration(seconds);
}

function BoundRow({ priority, settings }: { priority: Priority; settings: Settings }) {
  const bounds = settings.response_time_thresholds[priority] ?? {};
  const allowed = settings.performance_thresholds[OBJECTIVES[priority]]?.error_rate ?? null;
  return (
    <tr>
      <th scope="row"><PriorityChip priority={priority} /></th>
      {GRADES.map((grade) => <td key={grade}>{boundWords(bounds[grade])}</td>)}
      <td>{format.share(allowed)}</td>
    </tr>
  );
}
