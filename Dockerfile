# The SDK runs as what the building machine is, and makes the program for linux-x64 (publish profile): it does not work well under emulation.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
# ReadyToRun: a service that starts during an outage should not spend its first second compiling.
RUN dotnet publish src/AlertRollback/AlertRollback.csproj --configuration Release -p:PublishProfile=Image --output /app

# Chiseled: no shell, no package manager. The framework is in /app.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
COPY --from=build /app /app
# Chiseled has no time zones, and a matrix that names one is refused without them.
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
# The diagnostics socket would need a writable /tmp.
ENV DOTNET_EnableDiagnostics=0
USER 1654
EXPOSE 8080
ENTRYPOINT ["/app/alertrollback"]
CMD ["serve", "--config", "/etc/alertrollback/operator.yml"]
