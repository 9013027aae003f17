import { Fragment } from "react";
import type { Crumb } from "../model/crumbs";
import styles from "./breadcrumbs.module.css";

/** Where one is, from the Overview on. */
export function Breadcrumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <nav className={styles.crumbs} aria-label="Breadcrumb">
      <ol>
        {crumbs.map(({ words, href }, index) => (
          <Fragment key={words}>
            {index > 0 && <li aria-hidden>/</li>}
            <li>
              {href === null ? (
                <span aria-current="page" title={words}>{words}</span>
              ) : (
                <a href={href}>{words}</a>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}
