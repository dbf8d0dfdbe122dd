import Settings

/// Writes `docs/configuration.md`; a test compares the two.
struct ConfigurationPageCommand: Command {
    static let help = CommandHelp(
        "configuration-page",
        "Prints docs/configuration.md, made from the declarations.",
        example: "dure configuration-page > docs/configuration.md",
        isHidden: true
    )

    static var parameters: [Parameter<Self>] { [] }

    func run(_ context: CommandContext) throws -> ExitStatus {
        try context.console.print(Self.introduction + "\n" + SettingTable(context.program).markdown, terminator: "")
        return .done
    }

    private static let introduction = """
        # Configuration

        Made by `dure configuration-page` from the declarations in `Sources/WorkerApp/Configuration/`; a test compares the two.

        Every setting has one name and three places. The key `delivery.commit-interval` is

        - in the file that `--config FILE` or `DURE_CONFIG` names, a nested or a dotted key of YAML;
        - in the environment, the variable `DURE_DELIVERY_COMMIT_INTERVAL`;
        - on the command line, the flag `--delivery-commit-interval`.

        A flag is stronger than a variable, a variable than the file, the file than the default. One file serves all commands: each takes
        what it knows. `dure worker --print-config` prints every setting with its value and where that came from, and ends; what it prints
        is itself such a file. A worker logs the same when it starts.

        ```yaml
        bootstrap: kafka-1:9092,kafka-2:9092
        model: /models/axk1
        served-model-name: [axk1, default]
        delivery:
          commit-interval: 250ms
          stop-drain: 2m
        kafka:
          security.protocol: SASL_SSL
          sasl.mechanism: PLAIN
          sasl.username: dure
        ```

        with the secret in `DURE_KAFKA_SASL_PASSWORD`.

        - **Anything wrong stops the start**, and all of it is told at once: a key that does not exist, a variable that begins with `DURE_` and
          is no setting, a value that is malformed or out of range, each with its place and what is allowed. The exit status is 2.
        - **Durations** have a unit: `250ms`, `10s`, `2m`, `1h`. **Bytes** may have one: `8GiB`, `14GB`, `1048576`. **Yes or no** is `true` or
          `false`, as a flag `--x` or `--no-x`.
        - **Lists** are YAML lists, a flag that is given several times, a variable with commas. A stronger place replaces the whole list.
        - **Maps** such as `kafka` are YAML maps, a flag `--kafka KEY=VALUE` that is given several times, and one variable for each key, in which a
          dot is `_`, a dash `__` and an underscore `___`: `DURE_KAFKA_SECURITY_PROTOCOL` is `security.protocol`. A stronger place replaces
          single keys.
        - **Secrets** are printed nowhere: not in logs, not in messages, not by `--print-config`.
        - Variables that Kubernetes makes of a service called `dure`, such as `DURE_SERVICE_HOST`, are passed over.

        """
}
