/** Whether new questions are taken on. Once closed, it stays closed. */
export interface Intake {
  isOpen(): boolean;
  close(): void;
}

export const createIntake = (): Intake => {
  let isOpen = true;
  return {
    isOpen: () => isOpen,
    close: () => {
      isOpen = false;
    },
  };
};
