/** Short messages and questions. */
import { DialogPlugin, MessagePlugin } from 'tdesign-vue-next';
import { ApiError } from '@shared/client';

export const say = {
  ok: (text: string): void => void MessagePlugin.success(text),
  warn: (text: string): void => void MessagePlugin.warning(text),
  bad: (text: string): void => void MessagePlugin.error({ content: text, duration: 6000 }),
};

/** The sentence of a refusal; a programming error is not shown to the person. */
export const sentenceOf = (e: unknown): string => (e instanceof ApiError ? e.problem.detail : '页面出了点问题，请刷新后重试。');

export function tell(e: unknown): void {
  if (e instanceof Error && e.name === 'AbortError') return;
  say.bad(sentenceOf(e));
}

export function ask(o: { title: string; text: string; yes?: string; danger?: boolean }): Promise<boolean> {
  return new Promise((resolve) => {
    const d = DialogPlugin.confirm({
      header: o.title,
      body: o.text,
      theme: o.danger ? 'danger' : 'warning',
      confirmBtn: { content: o.yes ?? '确定', theme: o.danger ? 'danger' : 'primary' },
      cancelBtn: '取消',
      onConfirm: () => {
        d.destroy();
        resolve(true);
      },
      onClose: () => {
        d.destroy();
        resolve(false);
      },
    });
  });
}
