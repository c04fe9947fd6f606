package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
)

type Key struct {
	Secret  string
	BaseURL string `json:"base_url"`
}

// APIKey is the user's key as byok has it, else the system's, else an error that says what to do.
func APIKey(provider, variable string) (key Key, err error) {
	out, err := exec.Command("byok", "get", provider, "--json").Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return key, json.Unmarshal(out, &key)
	case errors.As(err, &exit) && exit.ExitCode() != 3: // locked or refused
		return key, errors.New(string(exit.Stderr))
	case os.Getenv(variable) != "": // no byok, or no key
		return Key{Secret: os.Getenv(variable)}, nil
	}
	return key, fmt.Errorf("no key for %s: `byok add %s`, or set %s", provider, provider, variable)
}

func main() {
	key, err := APIKey("openai", "OPENAI_API_KEY")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(key.Secret), key.BaseURL)
}
