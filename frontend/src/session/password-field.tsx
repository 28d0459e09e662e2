"use client";

import { type ComponentProps, type KeyboardEvent, useState } from "react";
import { IconButton } from "../ui/button";
import { Field } from "../ui/field";
import { EyeIcon, EyeOffIcon } from "../ui/icons";

/** A password field that can be shown, and that says when Caps Lock is on. */
export function PasswordField({ hint, ...rest }: Omit<ComponentProps<typeof Field>, "type">) {
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const readCapsLock = (event: KeyboardEvent) => setCapsLock(event.getModifierState("CapsLock"));
  return (
    <Field
      {...rest}
      type={shown ? "text" : "password"}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      onKeyDown={readCapsLock}
      onKeyUp={readCapsLock}
      onBlur={() => setCapsLock(false)}
      hint={
        (hint || capsLock) && (
          <>
            {hint}
            {capsLock && (
              <p role="status" className="font-medium text-warn">
                Caps Lock is on.
              </p>
            )}
          </>
        )
      }
      trailing={
        <IconButton
          label={shown ? "Hide characters" : "Show characters"}
          onClick={() => setShown(!shown)}
        >
          {shown ? <EyeOffIcon /> : <EyeIcon />}
        </IconButton>
      }
    />
  );
}
