import {
  cloneElement,
  lazy,
  Suspense,
  useState,
  type MouseEventHandler,
  type ReactElement,
  type ReactNode,
} from 'react';

export type MenuPart =
  | { kind: 'heading'; text: string }
  | { kind: 'line' }
  | {
      kind: 'action';
      text: string;
      icon?: ReactNode;
      isDangerous?: boolean;
      isDisabled?: boolean;
      /** The menu is still open afterwards. */
      stays?: boolean;
      run: () => void;
    }
  | { kind: 'link'; text: string; to: '/profile' }
  | {
      /** What can be chosen: one, or with `several` any of them. */
      kind: 'choices';
      options: readonly MenuOption[];
      chosen: readonly string[];
      several?: boolean;
      /** The menu closes with the first choice. */
      closes?: boolean;
      choose: (value: string) => void;
    };

export type MenuOption = {
  value: string;
  label: ReactNode;
  /** Language of the label, where it is not the page's. */
  lang?: string;
};

export type ButtonMenuProps = {
  button: ReactElement<{
    onClick?: MouseEventHandler;
    autoFocus?: boolean;
    'aria-haspopup'?: 'menu';
    'aria-expanded'?: boolean;
  }>;
  /** What is in the menu, asked while it is open. */
  parts: () => readonly MenuPart[];
  position: 'bottom-start' | 'bottom-end';
  width?: number;
};

export const loadMenu = () => import('./opened-menu');
const OpenedMenu = lazy(loadMenu);

/** A menu behind a button. It is made when it is opened first, for most menus of a page never are. */
export function ButtonMenu(props: ButtonMenuProps) {
  const [isMade, setIsMade] = useState(false);
  if (isMade) {
    return (
      <Suspense fallback={props.button}>
        <OpenedMenu {...props} />
      </Suspense>
    );
  }
  return cloneElement(props.button, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onClick: () => setIsMade(true),
  });
}
