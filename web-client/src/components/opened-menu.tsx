import { Menu } from '@mantine/core';
import { useMounted } from '@mantine/hooks';
import { IconCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { cloneElement, useState } from 'react';
import type { ButtonMenuProps, MenuPart } from './button-menu';
import styles from './opened-menu.module.css';

/** The menu of a `ButtonMenu` from when it is opened first. */
export default function OpenedMenu({ button, parts, position, width }: ButtonMenuProps) {
  const [isOpen, setIsOpen] = useState(true);
  // Not from the beginning: what has the focus when a menu opens gets it back when the menu closes, and that is the
  // button, which has just taken the place of the one that was clicked.
  const isThere = useMounted();
  return (
    <Menu
      opened={isThere && isOpen}
      onChange={setIsOpen}
      position={position}
      shadow="md"
      {...(width === undefined ? {} : { width })}
      checkIcon={<IconCheck size={14} aria-hidden />}
      // A menu holds items and nothing else that can be focused; its first item is, when it opens.
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>{cloneElement(button, { autoFocus: true })}</Menu.Target>
      <Menu.Dropdown className={styles.dropdown ?? ''}>
        {parts().map((part, at) => (
          <Part key={at} part={part} />
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Part({ part }: { part: MenuPart }) {
  switch (part.kind) {
    case 'heading':
      return <Menu.Label>{part.text}</Menu.Label>;
    case 'line':
      return <Menu.Divider />;
    case 'link':
      return <Menu.Item renderRoot={(props) => <Link to={part.to} {...props} />}>{part.text}</Menu.Item>;
    case 'action':
      return (
        <Menu.Item
          leftSection={part.icon}
          disabled={part.isDisabled ?? false}
          closeMenuOnClick={!part.stays}
          {...(part.isDangerous ? { c: 'var(--danger)' } : {})}
          onClick={part.run}
        >
          {part.text}
        </Menu.Item>
      );
    case 'choices':
      return part.options.map(({ value, label, lang }) => {
        const props = {
          checked: part.chosen.includes(value),
          closeMenuOnClick: part.closes ?? false,
          lang,
          children: label,
          onChange: () => part.choose(value),
        };
        return part.several ? (
          <Menu.CheckboxItem key={value} {...props} />
        ) : (
          <Menu.RadioItem key={value} value={value} {...props} />
        );
      });
  }
}
