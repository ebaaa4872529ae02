// A plain list of actions beside the button that opens it. Arrow keys move, Escape closes, focus comes back.
import { h } from '../dom.ts';

export interface Item {
  name: string;
  /** One line under the name. */
  effect?: string;
  act(): void;
}

let open: { menu: HTMLElement; close(): void } | null = null;

/** Opens a menu at a button, or closes the one that is open there. */
export function showMenu(button: HTMLElement, items: Item[]): void {
  const again = button.getAttribute('aria-expanded') === 'true';
  open?.close();
  if (again || items.length === 0) return;
  const menu = h('div', { class: 'menu', role: 'menu' });
  const close = (): void => {
    if (open?.menu !== menu) return;
    open = null;
    menu.remove();
    button.setAttribute('aria-expanded', 'false');
    removeEventListener('pointerdown', outside, true);
    removeEventListener('resize', close);
  };
  const outside = (event: Event): void => {
    if (!menu.contains(event.target as Node) && !button.contains(event.target as Node)) close();
  };
  for (const { name, effect, act } of items) {
    const item = h(
      'button',
      {
        role: 'menuitem',
        tabindex: -1,
        onclick: () => {
          close();
          button.focus();
          act();
        },
      },
      name,
    );
    if (effect) item.append(h('small', {}, effect));
    menu.append(item);
  }
  menu.addEventListener('keydown', (event) => {
    const list = [...menu.querySelectorAll('button')];
    const at = list.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + list.length, Home: 0, End: list.length - 1 }[event.key];
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
      button.focus();
    } else if (event.key === 'Tab') close();
    else if (to !== undefined) {
      event.preventDefault();
      list[to % list.length]!.focus();
    }
  });
  document.body.append(menu);
  const at = button.getBoundingClientRect();
  const box = menu.getBoundingClientRect();
  const below = at.bottom + 4 + box.height < innerHeight || at.top < box.height;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
  menu.style.top = `${Math.max(8, below ? Math.min(at.bottom + 4, innerHeight - box.height - 8) : at.top - box.height - 4)}px`;
  button.setAttribute('aria-haspopup', 'menu');
  button.setAttribute('aria-expanded', 'true');
  addEventListener('pointerdown', outside, true);
  addEventListener('resize', close);
  open = { menu, close };
  menu.querySelector('button')!.focus();
}

/** Closes whatever menu is open; true where one was. */
export function closeMenu(): boolean {
  const was = open !== null;
  open?.close();
  return was;
}
