import styles from "./menu.module.css";

/** How each menu of the page looks and moves. */
export const MENU_STYLES = {
  classNames: {
    dropdown: styles.dropdown!,
    item: styles.item!,
    itemSection: styles.section!,
    label: styles.label!,
    divider: styles.divider!,
  },
  transitionProps: { duration: 0 },
  offset: 4,
};

/** How each panel that opens under a control looks and moves. */
export const POPOVER_STYLES = {
  withRoles: false, // they would name a panel by what its button says at the moment
  classNames: { dropdown: styles.panel! },
  transitionProps: { duration: 0 },
  offset: 4,
};
