import { Combobox, useCombobox } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useCommands, type Command } from '@/lib/commands';
import { useText } from '@/i18n/use-text';
import styles from './properties.module.css';

export type Option = { value: string; text: string; label?: ReactNode };

type Props = {
  name: string;
  /** What the button shows. */
  children: ReactNode;
  options: readonly Option[];
  chosen: readonly string[];
  disabled?: boolean;
  /** In place of the look of a property. */
  className?: string | undefined;
  /** Stays open, for more than one. */
  isMultiple?: boolean;
  /** Offers what was typed as a new value. */
  onCreate?: (text: string) => void;
  onOpen?: () => void;
  onChoose: (value: string) => void;
  /** The command that opens it. */
  command: Pick<Command, 'id' | 'title' | 'group' | 'shortcut'>;
};

/** A property that opens a list of values to choose from, which narrows while one types. */
export function PropertyMenu(props: Props) {
  const { t } = useText('tickets');
  const { name, options, chosen } = props;
  const [typed, setTyped] = useState('');
  const button = useRef<HTMLButtonElement>(null);
  const combobox = useCombobox({
    onDropdownOpen: () => {
      props.onOpen?.();
      combobox.focusSearchInput();
    },
    onDropdownClose: () => {
      setTyped('');
      combobox.resetSelectedOption();
      button.current?.focus();
    },
  });
  // Enter takes the first of what fits what is typed.
  const { selectFirstOption, dropdownOpened } = combobox;
  useEffect(() => {
    if (dropdownOpened) selectFirstOption();
  }, [typed, dropdownOpened, selectFirstOption]);
  useCommands([{ ...props.command, enabled: !props.disabled, run: () => combobox.openDropdown() }]);
  const words = typed.trim().toLocaleLowerCase();
  const found =
    words === '' ? options : options.filter((option) => option.text.toLocaleLowerCase().includes(words));
  const isNew = words !== '' && !options.some((option) => option.text.toLocaleLowerCase() === words);
  return (
    <Combobox
      store={combobox}
      position="bottom-start"
      width={240}
      shadow="md"
      withinPortal
      classNames={{ option: styles.option ?? '' }}
      onOptionSubmit={(value) => {
        if (value === CREATE) props.onCreate?.(typed.trim());
        else props.onChoose(value);
        if (props.isMultiple) setTyped('');
        else combobox.closeDropdown();
      }}
    >
      <Combobox.Target targetType="button" withAriaAttributes={false}>
        <button
          ref={button}
          type="button"
          className={props.className ?? styles.value}
          disabled={props.disabled}
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          onClick={() => combobox.toggleDropdown()}
        >
          <span className="visually-hidden">{t('edit.property', { name })} </span>
          {props.children}
        </button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={typed}
          aria-label={t('edit.find', { name })}
          placeholder={t('edit.find', { name })}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Combobox.Options mah={280} style={{ overflowY: 'auto' }} aria-label={name}>
          {found.map((option) => (
            <Combobox.Option key={option.value} value={option.value} active={chosen.includes(option.value)}>
              <span style={{ display: 'flex', alignItems: 'center', gap: 8 }}>
                {option.label ?? option.text}
                {chosen.includes(option.value) ? (
                  <IconCheck size={14} aria-hidden style={{ marginLeft: 'auto' }} />
                ) : null}
              </span>
            </Combobox.Option>
          ))}
          {props.onCreate && isNew ? (
            <Combobox.Option value={CREATE}>{t('edit.create', { text: typed.trim() })}</Combobox.Option>
          ) : null}
          {found.length === 0 && !(props.onCreate && isNew) ? (
            <Combobox.Empty>{t('edit.nothingFound')}</Combobox.Empty>
          ) : null}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

const CREATE = '\u0000create';
