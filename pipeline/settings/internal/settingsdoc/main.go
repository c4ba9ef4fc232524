// Command settingsdoc writes docs/settings.md from the table of settings.
package main

import (
	"flag"
	"log"

	"github.com/google/renameio/v2"
)

func main() {
	output := flag.String("o", "", "write the page to this file")
	flag.Parse()
	if err := renameio.WriteFile(*output, []byte(page()), 0o644); err != nil {
		log.Fatalf("writing the page of settings: %v", err)
	}
}
