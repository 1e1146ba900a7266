package settings_test

import (
	"errors"
	"fmt"

	"quarry/cmd/internal/settings"
)

func Example() {
	config, err := settings.Parse("config.toml", []byte("in = \"heap\"\n[aliases]\nlook = \"find --in stack\"\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	in, _ := config.Value(settings.KeyIn)
	look, _ := config.Alias("look")
	fmt.Printf("%s %q\n", in.Text, look.Words)

	_, err = settings.Parse("config.toml", []byte(`in = "attic"`))
	fmt.Println(errors.Is(err, settings.ErrFile), err)
	// Output:
	// heap ["find" "--in" "stack"]
	// true config.toml:1:6: in: scope "attic": no such scope
}
